/** Objects of an R2 bucket, as files of this machine. What cannot be put or got throws `upload_failed`. */
export interface Bucket {
  /** How many calls it bears at a time. */
  readonly atOnce: number;
  put(key: string, path: string): Promise<void>;
  /** Writes an object to `path`; false where there is none of that key. */
  get(key: string, path: string): Promise<boolean>;
  close(): Promise<void>;
}

/** JSON is served as such by who reads the bucket by its address. */
export const contentType = (key: string): string =>
  key.endsWith(".json") ? "application/json" : "application/octet-stream";
