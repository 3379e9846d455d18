/** Where model files come from: static assets, R2, a disk service or a folder. Names are those of the manifest. */
export interface ModelSource {
  /** As it is named in errors: "static assets", "R2 bucket", a folder. */
  readonly name: string;
  /** The whole file, or undefined where there is none of that name. Pieces are at most 8 MiB. */
  read(file: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

/** A binding with `fetch`: static assets of a Worker, or workerd's disk service. */
export interface Fetcher {
  fetch(request: Request): Promise<Response>;
}

/** Files under `/models/` of a binding. */
export function fetcherSource(name: string, fetcher: Fetcher): ModelSource {
  return {
    name,
    async read(file) {
      const response = await fetcher.fetch(new Request(`http://models/models/${file}`));
      if (response.status === 404) {
        await response.body?.cancel();
        return undefined;
      }
      if (!response.ok) throw new Error(`${name} answered ${response.status} for ${file}`);
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}

/** The part of an R2 bucket that is used. */
export interface Bucket {
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
}

/** Objects `models/NAME` of an R2 bucket, or with another prefix. */
export function bucketSource(bucket: Bucket, prefix = "models/"): ModelSource {
  return {
    name: "R2 bucket",
    async read(file) {
      const object = await bucket.get(`${prefix}${file}`);
      return object === null ? undefined : new Uint8Array(await object.arrayBuffer());
    },
  };
}
