import { once } from "node:events";
import { createReadStream, createWriteStream, type WriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { finished } from "node:stream/promises";
import { writingInto } from "../errors.ts";
import { makeFolder } from "../make-folder.node.ts";

/**
 * A file that is written under another name and appears under its own when it is whole and on the disk. Writing throws
 * `unwritable` with the folder's name where its disk is full, may not be written to or is gone.
 */
export class Draft {
  readonly path: string;
  readonly #target: string;
  readonly #stream: WriteStream;

  /** @param path  what it is called until then; on the same file system */
  constructor(target: string, path = `${target}.part`) {
    this.#target = target;
    this.path = path;
    this.#stream = createWriteStream(path, { flush: true });
    // Failures are met where they are awaited.
    this.#stream.on("error", () => undefined);
  }

  async write(data: string | Uint8Array): Promise<void> {
    await this.#writing(async () => {
      if (this.#stream.errored) throw this.#stream.errored;
      if (!this.#stream.write(data)) await once(this.#stream, "drain");
    });
  }

  async keep(): Promise<void> {
    await this.#writing(async () => {
      this.#stream.end();
      await finished(this.#stream);
      await makeFolder(dirname(this.#target));
      await rename(this.path, this.#target);
    });
  }

  /** Ends writing and gives the contents back. */
  async reread(): Promise<AsyncIterable<Uint8Array>> {
    await this.#writing(async () => {
      this.#stream.end();
      await finished(this.#stream);
    });
    return createReadStream(this.path);
  }

  #writing<T>(write: () => Promise<T>): Promise<T> {
    return writingInto(dirname(this.#target), write);
  }

  async drop(): Promise<void> {
    this.#stream.destroy();
    await rm(this.path, { force: true });
  }
}
