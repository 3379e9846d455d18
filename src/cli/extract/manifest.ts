import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import * as z from "zod";
import { OrcaError, writingInto } from "../../errors.ts";
import { SINKS } from "../../options/index.ts";
import { VERSION } from "../../version.ts";

const FIRST_LINE = { manifest: "orca-embed extract", format: 1 };

const Settings = z.record(z.string(), z.string());

/** The recording that an entry is of, as it was when it was read. */
const source = {
  /** Path from the base, with `/`. */
  recording: z.string(),
  model: z.string(),
  /** Where it lay. */
  path: z.string(),
  bytes: z.number(),
  /** Milliseconds since 1970. */
  modified: z.number(),
  /** Of the program. */
  version: z.string(),
};

/** What was written of one recording and model, and how. */
const DoneEntry = z.object({
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

const Entry = z.discriminatedUnion("result", [DoneEntry, FailedEntry]);
const FirstLine = z.object({ manifest: z.string(), format: z.number() });

export type DoneEntry = z.infer<typeof DoneEntry>;
/** A line of the manifest. */
export type Entry = z.infer<typeof Entry>;

/**
 * What was done in a folder of results: lines of JSON that are only ever appended, the last of a recording and model
 * counts. An entry is written when its results are there, whole, under their names; a run that is killed in between does
 * that one again. A torn last line is cut off, and a line that cannot be read is as if it were not there. The caller
 * holds the folder's lock.
 */
export class Manifest {
  readonly #folder: string;
  readonly #file: FileHandle;
  readonly #entries: Map<string, Entry>;
  /** One line after the other. */
  #written: Promise<void> = Promise.resolve();
  /** Lines in the middle that could not be read, counted from 1. */
  readonly damaged: readonly number[];

  private constructor(folder: string, file: FileHandle, entries: Map<string, Entry>, damaged: readonly number[]) {
    this.#folder = folder;
    this.#file = file;
    this.#entries = entries;
    this.damaged = damaged;
  }

  /** Throws `bad_option` where a newer version wrote it. */
  static async open(path: string): Promise<Manifest> {
    const file = await open(path, "a+");
    try {
      const bytes = await file.readFile();
      // Lines are cut at bytes: half a character at a torn end does not reach the lines before it.
      const whole = bytes.lastIndexOf(0x0a) + 1;
      if (whole < bytes.length) await file.truncate(whole);
      const lines = bytes.subarray(0, whole).toString("utf8").split("\n").slice(0, -1);
      if (lines.length === 0) await append(file, FIRST_LINE);
      const entries = new Map<string, Entry>();
      const damaged: number[] = [];
      for (const [at, line] of lines.entries()) {
        const value = parsed(line);
        const entry = Entry.safeParse(value);
        const first = at === 0 ? FirstLine.safeParse(value) : undefined;
        if (entry.success) entries.set(key(entry.data.recording, entry.data.model), entry.data);
        else if (first?.success === true) checkFormat(first.data, path);
        else damaged.push(at + 1);
      }
      return new Manifest(dirname(path), file, entries, damaged);
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
  }

  get(recording: string, model: string): Entry | undefined {
    return this.#entries.get(key(recording, model));
  }

  entries(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  /** On the disk when it returns. Throws `unwritable`. */
  add(entry: Entry): Promise<void> {
    this.#entries.set(key(entry.recording, entry.model), entry);
    this.#written = this.#written.then(() => writingInto(this.#folder, () => append(this.#file, entry)));
    return this.#written;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

const key = (recording: string, model: string) => `${model} ${recording}`;

async function append(file: FileHandle, value: object): Promise<void> {
  await file.appendFile(`${JSON.stringify(value)}\n`);
  await file.datasync();
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function checkFormat({ format }: z.infer<typeof FirstLine>, path: string): void {
  if (format === FIRST_LINE.format) return;
  throw new OrcaError(
    "bad_option",
    `${path} has the format ${format}; version ${VERSION} knows ${FIRST_LINE.format}.`,
    {
      hint: "A newer version wrote it: use that one, or give another --out.",
    },
  );
}
