import * as z from "zod";
import { SINKS } from "../options/index.ts";

const Settings = z.record(z.string(), z.string());

/** The recording that an entry is of, as it was when it was read. */
const source = {
  /** Its name in results. */
  recording: z.string(),
  model: z.string(),
  /** Where it lay. */
  path: z.string(),
  bytes: z.number(),
  /** Milliseconds since 1970. */
  modified: z.number(),
  /** Of an object: the tag of its contents. */
  etag: z.string().optional(),
  /** Of the program. */
  version: z.string(),
  /** When it was written down, ms since 1970: of two, the later one counts. */
  at: z.number().optional(),
};

/** What was written of one recording and model, and how. */
export const DoneEntry = z.object({
  result: z.literal("done"),
  ...source,
  settings: Settings,
  /** What ran the net; entries of 0.1.0 do not say it. */
  engine: z.string().optional(),
  /** Each format that was written, with its own settings. */
  outputs: z.partialRecord(z.enum(SINKS), Settings),
  windows: z.number(),
  seconds: z.number(),
  /** Findings, and of those the ones by which audio was lost. */
  findings: z.number(),
  lost: z.number(),
});

const FailedEntry = z.object({ result: z.literal("failed"), ...source, code: z.string(), message: z.string() });

/** How one recording and model ended. */
export const Entry = z.discriminatedUnion("result", [DoneEntry, FailedEntry]);

export type DoneEntry = z.infer<typeof DoneEntry>;
export type Entry = z.infer<typeof Entry>;

/** One recording and model. */
export const entryKey = (recording: string, model: string) => `${model} ${recording}`;

/** Where it stands how jobs ended. */
export interface Ledger {
  get(recording: string, model: string): Entry | undefined;
  entries(): IterableIterator<Entry>;
  /** It is kept when it returns, however the process ends then; or soon, where the ledger says so. Throws `unwritable`. */
  add(entry: Entry): Promise<void>;
}

/** Entries of several ledgers as one: of a recording and model the last. */
export class Entries {
  readonly #entries = new Map<string, Entry>();

  get(recording: string, model: string): Entry | undefined {
    return this.#entries.get(entryKey(recording, model));
  }

  entries(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  /** It is the last of its recording and model. */
  set(entry: Entry): void {
    this.#entries.set(entryKey(entry.recording, entry.model), entry);
  }

  /** Takes another ledger's in: where both have one of a recording and model, the later one counts. */
  merge(others: Iterable<Entry>): void {
    for (const entry of others) {
      const own = this.get(entry.recording, entry.model);
      if (own === undefined || (own.at ?? 0) < (entry.at ?? 0)) this.set(entry);
    }
  }
}
