import { once } from "node:events";
import { createReadStream, createWriteStream, type WriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { finished } from "node:stream/promises";

/** A file that is written beside its name and renamed at the end. */
export class Draft {
  readonly path: string;
  readonly #target: string;
  readonly #stream: WriteStream;

  constructor(target: string) {
    this.#target = target;
    this.path = `${target}.part`;
    this.#stream = createWriteStream(this.path);
    // Failures are met where they are awaited.
    this.#stream.on("error", () => undefined);
  }

  async write(data: string | Uint8Array): Promise<void> {
    if (this.#stream.errored) throw this.#stream.errored;
    if (!this.#stream.write(data)) await once(this.#stream, "drain");
  }

  async keep(): Promise<void> {
    this.#stream.end();
    await finished(this.#stream);
    await rename(this.path, this.#target);
  }

  /** Ends writing and gives the contents back. */
  async reread(): Promise<AsyncIterable<Uint8Array>> {
    this.#stream.end();
    await finished(this.#stream);
    return createReadStream(this.path);
  }

  async drop(): Promise<void> {
    this.#stream.destroy();
    await rm(this.path, { force: true });
  }
}
