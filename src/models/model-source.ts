/** Where model files come from: static assets, R2, a disk service or a folder. Names are those of the manifest. */
export interface ModelSource {
  /** As it is named in errors: "static assets", "R2 bucket", a folder. */
  readonly name: string;
  /**
   * The whole file, or undefined where there is none of that name. Pieces are at most 8 MiB.
   * @param room  memory that may be read into. It is detached then, and the result's buffer is the same memory; a file
   *   that is too long for it comes cut to its length. An isolate that reads a model piece by piece into one room has no
   *   garbage of the model's size.
   */
  read(file: string, room?: ArrayBuffer): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

/** A source whose files can be passed on without being read. */
export interface PassingSource extends ModelSource {
  /** The file's bytes as they come, or undefined where there is none of that name. */
  stream(file: string): Promise<ReadableStream<Uint8Array> | undefined>;
}

/** A binding with `fetch`: static assets of a Worker, or workerd's disk service. */
export interface Fetcher {
  fetch(request: Request): Promise<Response>;
}

/** Files under `/models/` of a binding. */
export function fetcherSource(name: string, fetcher: Fetcher): PassingSource {
  const open = async (file: string) => {
    const response = await fetcher.fetch(new Request(`http://models/models/${file}`));
    if (response.ok) return response;
    await response.body?.cancel();
    if (response.status === 404) return undefined;
    throw new Error(`${name} answered ${response.status} for ${file}`);
  };
  return passing(name, open);
}

function passing(name: string, open: (file: string) => Promise<Body | undefined>): PassingSource {
  return {
    name,
    async read(file, room) {
      const found = await open(file);
      return found && whole(found, room);
    },
    async stream(file) {
      const found = await open(file);
      return found?.body ?? undefined;
    },
  };
}

/** Files below an address: of a page's own site, or of another one that lets the page read it (CORS). */
export function urlSource(address: string | URL): ModelSource {
  const base = new URL(address);
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return {
    name: `site ${base.href}`,
    async read(file) {
      const response = await fetch(new URL(file, base));
      if (response.status === 404) return undefined;
      if (!response.ok) throw new Error(`${base.href} answered ${response.status} for ${file}`);
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}

/** A file of a binding: a Response, or an object of R2. */
interface Body {
  readonly body: ReadableStream<Uint8Array> | null;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** The part of an R2 bucket that is used. */
export interface Bucket {
  get(key: string): Promise<Body | null>;
}

/** Objects `models/NAME` of an R2 bucket, or with another prefix. */
export function bucketSource(bucket: Bucket, prefix = "models/"): PassingSource {
  return passing("R2 bucket", async (file) => (await bucket.get(`${prefix}${file}`)) ?? undefined);
}

async function whole(file: Body, room: ArrayBuffer | undefined): Promise<Uint8Array<ArrayBuffer>> {
  if (file.body === null || room === undefined) return new Uint8Array(await file.arrayBuffer());
  const reader = file.body.getReader({ mode: "byob" });
  let buffer = room;
  let length = 0;
  while (length < buffer.byteLength) {
    const { done, value } = await reader.read(new Uint8Array(buffer, length));
    if (value === undefined) break;
    buffer = value.buffer;
    length += value.byteLength;
    if (done) break;
  }
  if (length === buffer.byteLength) await reader.cancel();
  return new Uint8Array(buffer, 0, length);
}
