import { type FileHandle, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { writingInto } from "../../errors.ts";
import type { RowSpool } from "../../output/index.ts";

/** Bytes that are written and read at a time. */
const BLOCK = 1 << 20;

/** Rows in a file of their own, so that memory does not grow with the recordings; where each ends is kept. */
export class RowFile implements RowSpool {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #ends: number[] = [0];
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  static async open(path: string): Promise<RowFile> {
    return new RowFile(path, await writingInto(dirname(path), () => open(path, "w+")));
  }

  async push(row: Uint8Array): Promise<void> {
    this.#waiting.push(row.slice());
    this.#waitingBytes += row.length;
    this.#ends.push((this.#ends.at(-1) as number) + row.length);
    if (this.#waitingBytes >= BLOCK) await this.#write();
  }

  async *rows(from: number, to: number): AsyncGenerator<Uint8Array> {
    await this.#write();
    const end = (row: number) => this.#ends[row] as number;
    for (let first = from; first < to; ) {
      let last = first + 1;
      while (last < to && end(last) - end(first) < BLOCK) last++;
      const bytes = new Uint8Array(end(last) - end(first));
      const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, end(first));
      if (bytesRead !== bytes.length) throw new Error(`${this.#path} is shorter than what was written to it`);
      for (let row = first; row < last; row++) yield bytes.subarray(end(row) - end(first), end(row + 1) - end(first));
      first = last;
    }
  }

  async remove(): Promise<void> {
    await this.#file.close();
    await rm(this.#path, { force: true });
  }

  async #write(): Promise<void> {
    const block = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    await writingInto(dirname(this.#path), () => this.#file.appendFile(block));
  }
}
