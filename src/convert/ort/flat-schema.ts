/**
 * Tables of FlatBuffers (google/flatbuffers docs/source/internals.md) as data: what flat-reader.ts reads and
 * flat-writer.ts writes. Numbers stay the bytes that they are in the file, little-endian.
 */
export type FlatField =
  /** A number of so many bytes. */
  | { readonly number: 1 | 4 | 8 }
  /** A vector of numbers or structs: bytes of one, and of what it is aligned to. */
  | { readonly numbers: number; readonly align: 4 | 8 }
  | "string"
  | "strings"
  /** A vector of bytes that may be large: only its length is known where the rest is written. */
  | "blob"
  | { readonly table: string }
  /** A vector of tables; `by` is the string field that they are sorted by, where their order says nothing. */
  | { readonly tables: string; readonly by?: string };

/** Fields in the order of the schema, which is the order of a vtable. */
export type FlatTableSchema = Readonly<Record<string, FlatField>>;

export interface FlatSchema {
  readonly root: string;
  /** Four characters behind the root's offset. */
  readonly identifier: string;
  readonly tables: Readonly<Record<string, FlatTableSchema>>;
}

export interface FlatBlob {
  /** Bytes. */
  readonly length: number;
  read(): Promise<Uint8Array>;
}

/** Fields that are there; what is left out has its default. */
export interface FlatTable {
  readonly [field: string]: FlatValue | undefined;
}

export type FlatValue = Uint8Array | string | readonly string[] | FlatBlob | FlatTable | readonly FlatTable[];
