import { Entries, type Entry } from "../../jobs/index.ts";
import { listPages, type Place, placeText, putObject, type RemoteClient, readObject } from "../../remote/index.ts";
import type { KeptLedger } from "./manifest.ts";
import { FIRST_LINE, lineOf, readLines } from "./manifest-lines.ts";

type Bucket = Extract<Place, { kind: "bucket" }>;

/** Entries are written down after so many, or so long (ms): what a killed run had not written down yet is done again. */
const [MANY, LONG] = [500, 10_000];

/**
 * What was done in a bucket of results. An object cannot be appended to, so entries are written down some at a time, each
 * time in an object of its own below `manifest/`: no run waits for another, and all of them together are the manifest.
 */
export class BucketManifest implements KeptLedger {
  readonly #client: RemoteClient;
  readonly #folder: Bucket;
  readonly #entries: Entries;
  readonly #run: string = `${new Date().toISOString().replaceAll(":", "")}-${crypto.randomUUID().slice(0, 8)}`;
  readonly damaged: readonly number[];
  #waiting: Entry[] = [];
  #since = Date.now();
  #count = 0;
  #written: Promise<void> = Promise.resolve();

  private constructor(client: RemoteClient, folder: Bucket, entries: Entries, damaged: readonly number[]) {
    this.#client = client;
    this.#folder = folder;
    this.#entries = entries;
    this.damaged = damaged;
  }

  /** @param state  where the program keeps what it knows, with a slash behind. Throws OrcaError. */
  static async open(client: RemoteClient, state: Bucket): Promise<BucketManifest> {
    const folder = { ...state, key: `${state.key}manifest/` };
    const entries = new Entries();
    const damaged: number[] = [];
    for await (const { objects } of listPages(client, folder)) {
      for (const { place } of objects) {
        const bytes = await readObject(client, place as Bucket);
        if (bytes === undefined) continue;
        const read = readLines(bytes, placeText(place));
        entries.merge(read.entries.entries());
        damaged.push(...read.damaged);
      }
    }
    return new BucketManifest(client, folder, entries, damaged);
  }

  get(recording: string, model: string): Entry | undefined {
    return this.#entries.get(recording, model);
  }

  entries(): IterableIterator<Entry> {
    return this.#entries.entries();
  }

  /** It is kept soon. Throws `unwritable`, `unauthorized`. */
  async add(entry: Entry): Promise<void> {
    this.#entries.set(entry);
    this.#waiting.push(entry);
    if (this.#waiting.length >= MANY || Date.now() - this.#since >= LONG) await this.#write();
  }

  async close(): Promise<void> {
    await this.#write();
  }

  #write(): Promise<void> {
    const entries = this.#waiting.splice(0);
    this.#since = Date.now();
    if (entries.length > 0) {
      const number = String(this.#count++).padStart(6, "0");
      const place = { ...this.#folder, key: `${this.#folder.key}${this.#run}-${number}.ndjson` };
      const bytes = new TextEncoder().encode([FIRST_LINE, ...entries].map(lineOf).join(""));
      const source = {
        size: bytes.length,
        read: async (at: number, length: number) => bytes.subarray(at, at + length),
      };
      this.#written = this.#written.then(() => putObject(this.#client, place, source));
    }
    return this.#written;
  }
}
