import { OrcaError } from "../errors.ts";
import { difference, type Settings, SINKS, type Sink } from "../options/index.ts";
import { VERSION } from "../version.ts";
import type { DoneEntry, Entry, Ledger } from "./entries.ts";

/** A recording, and what tells whether it is as it was. */
export interface Source {
  /** As it is spoken of. */
  readonly path: string;
  /** Where it lies. */
  readonly absolute: string;
  /** Its name in results. */
  readonly name: string;
  readonly bytes: number;
  /** Time of its last change, ms since 1970. */
  readonly modified: number;
  /** The tag of its contents, where they have one: then that counts, and no time. */
  readonly etag?: string;
}

/** What the user asks for. */
export interface Wanted<R extends Source> {
  readonly recordings: readonly R[];
  /** Models, each with what decides its numbers. */
  readonly models: ReadonlyMap<string, Settings>;
  readonly formats: readonly Sink[];
  /** The settings of the looks of each format. */
  looks(format: Sink): Settings;
  /** Where results go, in words. */
  readonly out: string;
  /** Whether a result is there. */
  isThere(recording: R, model: string, format: Sink): Promise<boolean>;
  /** Whether what is there is made again, whatever it was made with. */
  readonly redo: boolean;
}

/** One recording and model that are to be done. */
export interface PlannedTask<R extends Source = Source> {
  /** Of no other task of the plan. */
  readonly id: number;
  readonly path: string;
  readonly name: string;
  readonly model: string;
  readonly formats: readonly Sink[];
  readonly recording: R;
}

export interface Plan<R extends Source = Source> {
  /** The largest first: where several processes share them, none is left alone with a long one at the end. */
  readonly tasks: readonly PlannedTask<R>[];
  /** Results that are there already. */
  readonly done: number;
  /** Recordings that are not as they were when they were read. */
  readonly changed: readonly string[];
  /** Results that another version of this program made, and which. */
  readonly older: ReadonlyMap<string, number>;
}

/** Results that are looked for side by side. */
const AT_ONCE = 32;

/**
 * What is to be done, by what the ledger says was done. A place of results holds each model with one set of choices:
 * throws `bad_option` where this run's are others, or where a name belongs to another recording, unless `redo`.
 */
export async function planTasks<R extends Source>(wanted: Wanted<R>, ledger: Ledger): Promise<Plan<R>> {
  if (!wanted.redo) checkSettings(wanted, ledger);
  const tasks: PlannedTask<R>[] = [];
  const changed = new Set<string>();
  const older = new Map<string, number>();
  let done = 0;
  const pairs = wanted.recordings.flatMap((recording) =>
    [...wanted.models.keys()].map((model) => ({ recording, model })),
  );
  for (let at = 0; at < pairs.length; at += AT_ONCE) {
    const looked = pairs.slice(at, at + AT_ONCE).map(async ({ recording, model }) => {
      const entry = ledger.get(recording.name, model);
      return { recording, model, entry, formats: await formatsToWrite(recording, model, entry, wanted, changed) };
    });
    for (const { recording, model, entry, formats } of await Promise.all(looked)) {
      const { path, name } = recording;
      if (formats.length > 0) tasks.push({ id: tasks.length, path, name, recording, model, formats });
      else done++;
      if (entry?.result !== "done" || entry.version === VERSION || wanted.redo) continue;
      older.set(entry.version, (older.get(entry.version) ?? 0) + 1);
    }
  }
  tasks.sort((a, b) => b.recording.bytes - a.recording.bytes);
  return { tasks, done, changed: [...changed], older };
}

/** The formats that are not there as they should be. */
async function formatsToWrite<R extends Source>(
  recording: R,
  model: string,
  entry: Entry | undefined,
  wanted: Wanted<R>,
  changed: Set<string>,
): Promise<readonly Sink[]> {
  if (entry?.result !== "done") return wanted.formats;
  // What is made again is made in every format that it had, so that none of them is left as it was.
  const all = SINKS.filter((format) => wanted.formats.includes(format) || entry.outputs[format] !== undefined);
  if (wanted.redo) return all;
  if (!isAsItWas(entry, recording)) {
    if (!samePlace(entry, recording)) throw another(entry, recording, wanted);
    changed.add(recording.path);
    return all;
  }
  const missing = await Promise.all(
    wanted.formats.map(async (format) => {
      if (entry.outputs[format] === undefined) return [format];
      return (await wanted.isThere(recording, model, format)) ? [] : [format];
    }),
  );
  return missing.flat();
}

/** A tag says that contents are the same, whenever they were written; without one, size and time do. */
function isAsItWas(entry: Entry, { bytes, modified, etag }: Source): boolean {
  if (entry.bytes !== bytes) return false;
  return entry.etag !== undefined && etag !== undefined ? entry.etag === etag : entry.modified === modified;
}

/** The last entry counts for a recording that was moved together with its size and time; else its place must be the same. */
const samePlace = (entry: Entry, recording: Source) => entry.path === recording.absolute;

function checkSettings(
  {
    recordings,
    models,
    formats,
    looks,
    out,
  }: Pick<Wanted<Source>, "recordings" | "models" | "formats" | "looks" | "out">,
  ledger: Ledger,
): void {
  const names = new Set(recordings.map(({ name }) => name));
  for (const entry of ledger.entries()) {
    const settings = models.get(entry.model);
    if (entry.result !== "done" || settings === undefined) continue;
    // When a recording began is its own; all else is the folder's.
    const own = (all: Settings) => (names.has(entry.recording) ? all : { ...all, start: "" });
    const kinds: (readonly [string, string | undefined])[] = [
      [entry.model, difference(own(entry.settings), own(settings))],
    ];
    for (const format of formats) {
      const had = entry.outputs[format];
      if (had !== undefined) kinds.push([`${entry.model} as ${format}`, difference(had, looks(format))]);
    }
    for (const [what, how] of kinds) {
      if (how === undefined) continue;
      throw new OrcaError("bad_option", `${out} holds ${what} of ${entry.recording} with ${how}.`, {
        hint: "Give another --out, or --redo to make the results again.",
      });
    }
  }
}

function another(entry: DoneEntry, recording: Source, { out }: { readonly out: string }): OrcaError {
  const what = `${out} holds results of ${entry.path} under the name ${entry.recording}, and ${recording.path} would take it.`;
  return new OrcaError("bad_option", what, {
    hint: "Give another --out, a --base that tells the two apart, or --redo to replace them.",
  });
}
