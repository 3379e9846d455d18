import { type FileHandle, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { writingInto } from "../../errors.ts";
import type { Entries, Entry, Ledger } from "../../jobs/index.ts";
import { FIRST_LINE, lineOf, readLines } from "./manifest-lines.ts";

/** A ledger that is closed when the run ends. */
export interface KeptLedger extends Ledger {
  /** Lines that could not be read, counted from 1. */
  readonly damaged: readonly number[];
  close(): Promise<void>;
}

/**
 * What was done in a folder of results: lines of JSON that are only ever appended, the last of a recording and model
 * counts. An entry is written when its results are there, whole, under their names; a run that is killed in between does
 * that one again. A torn last line is cut off. The caller holds the lock of this manifest; what other shards of a run
 * wrote down in theirs is read once.
 */
export class Manifest implements KeptLedger {
  readonly #folder: string;
  readonly #file: FileHandle;
  readonly #entries: Entries;
  /** One line after the other. */
  #written: Promise<void> = Promise.resolve();
  readonly damaged: readonly number[];

  private constructor(folder: string, file: FileHandle, entries: Entries, damaged: readonly number[]) {
    this.#folder = folder;
    this.#file = file;
    this.#entries = entries;
    this.damaged = damaged;
  }

  /** @param others  manifests of others, which are only read. Throws `bad_option` where a newer version wrote one. */
  static async open(path: string, others: readonly string[] = []): Promise<Manifest> {
    const file = await open(path, "a+");
    try {
      const bytes = await file.readFile();
      const { entries, damaged, whole } = readLines(bytes, path);
      if (whole < bytes.length) await file.truncate(whole);
      if (whole === 0) await append(file, FIRST_LINE);
      for (const other of others) entries.merge(readLines(await readFile(other), other).entries.entries());
      return new Manifest(dirname(path), file, entries, damaged);
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
  }

  get(recording: string, model: string): Entry | undefined {
    return this.#entries.get(recording, model);
  }

  entries(): IterableIterator<Entry> {
    return this.#entries.entries();
  }

  /** On the disk when it returns. Throws `unwritable`. */
  add(entry: Entry): Promise<void> {
    this.#entries.set(entry);
    this.#written = this.#written.then(() => writingInto(this.#folder, () => append(this.#file, entry)));
    return this.#written;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

async function append(file: FileHandle, value: object): Promise<void> {
  await file.appendFile(lineOf(value));
  await file.datasync();
}
