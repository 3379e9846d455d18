/** The part of jsfive 0.4 that keras-hdf5.ts uses; the package has no types of its own. */
declare module "jsfive" {
  /** An object's header as it was parsed. */
  interface DataObjects {
    /** Messages of a type, each a map with `offset_to_message`, its place in the file. */
    find_msg_type(type: number): readonly ReadonlyMap<string, unknown>[];
  }

  export class Group {
    readonly keys: string[];
    /** Names to addresses of object headers, or to paths for soft links. */
    readonly _links: Readonly<Record<string, number | string>>;
    /** null where a soft link leads nowhere. */
    get(name: string): Group | Dataset | null;
  }

  export class Dataset extends Array<never> {
    readonly shape: readonly number[];
    /** As NumPy writes it ("<f4"), or an array for types that it has no word for. */
    readonly dtype: string | readonly unknown[];
    readonly _dataobjects: DataObjects;
  }

  export class File extends Group {
    constructor(bytes: ArrayBuffer, name?: string);
  }
}
