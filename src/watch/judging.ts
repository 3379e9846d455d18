import { OrcaError } from "../errors.ts";
import { extract, type Runtime } from "../extract.ts";
import { noiseOf } from "../heads/index.ts";
import { joinFloats } from "../join.ts";
import type { EmbedRecord, WindowRecord } from "../records/index.ts";
import type { WatchedHydrophone } from "./config.ts";
import type { Verdict, WatchEvent } from "./event.ts";
import type { ClipShelf } from "./following/clip-maker.ts";
import type { EventStore } from "./store/event-store.ts";
import type { SuppressionStore } from "./store/suppression-store.ts";

/** Keeps the sound of a judged event, its windows and what was said of it, where heads are trained. */
export type Labelling = (event: WatchEvent, verdict: Verdict, records: readonly EmbedRecord[]) => Promise<void>;

interface Parts {
  readonly store: EventStore;
  readonly suppressions: SuppressionStore;
  readonly hydrophones: ReadonlyMap<string, WatchedHydrophone>;
  readonly runtime: Runtime;
  readonly shelf: ClipShelf | undefined;
  readonly labelling: Labelling | undefined;
}

/** What became of a verdict, beside being kept. */
export interface Judged {
  readonly event: WatchEvent;
  /** Whether it is an annotation of the hydrophone's collection now, or why it is none. */
  readonly annotated: true | string;
  /** The rule that it made, or why it made none; of rejected events. */
  readonly rule?: { readonly name: string } | { readonly none: string };
}

/**
 * Takes what a person says of an event: it becomes an annotation, and what was rejected a rule, by which what sounds like it
 * is kept and not told. Throws `not_found`.
 */
export async function judgeEvent(id: string, verdict: Verdict, parts: Parts): Promise<Judged> {
  const { store, suppressions, hydrophones, labelling } = parts;
  const known = store.event(id);
  if (known === undefined) throw new OrcaError("not_found", `There is no event ${id}.`);
  const event = store.transaction(() => store.keepVerdict(id, verdict));
  const hydrophone = hydrophones.get(event.hydrophone);
  const records = hydrophone === undefined ? undefined : await recordsOf(event, hydrophone, parts);
  if (records === undefined) {
    const why = event.clipless ?? "There is no sound of it.";
    return { event, annotated: why, ...(verdict.verdict === "rejected" ? { rule: { none: why } } : {}) };
  }
  await labelling?.(event, verdict, records);
  const annotated = labelling === undefined ? "No collections are kept here." : true;
  const windows = windowsOf(records, event);
  const model = `${event.made.model}/${event.made.variant}`;
  if (verdict.verdict === "confirmed") suppressions.keepExample(event, model, joinFloats(windows.inside));
  if (verdict.verdict !== "rejected") return { event, annotated };
  const name = `like ${event.id.slice(0, 8)}`;
  const dims = windows.inside[0]?.length ?? 0;
  const marked = { marked: joinFloats(windows.inside), beside: joinFloats(windows.beside) };
  try {
    if (dims === 0) throw new OrcaError("bad_option", "It has no window of its own.");
    const positives = suppressions.examples(event.hydrophone, model);
    const { centre, nearest } = noiseOf(name, { ...marked, positives }, dims);
    const { hydrophone: of, id: rejected } = event;
    suppressions.add({ name, hydrophone: of, model, centre, nearest, event: rejected, created: verdict.at });
    return { event, annotated, rule: { name } };
  } catch (thrown) {
    if (!(thrown instanceof OrcaError)) throw thrown;
    return { event, annotated, rule: { none: thrown.message } };
  }
}

/** The event's sound embedded as its hydrophone is. */
async function recordsOf(
  { clip, clipStart, made }: WatchEvent,
  { model, engine, channel, highpass }: WatchedHydrophone,
  { shelf, runtime }: Parts,
): Promise<EmbedRecord[] | undefined> {
  const bytes = clip === undefined ? undefined : await shelf?.get(clip);
  if (bytes === undefined) return undefined;
  const records: EmbedRecord[] = [];
  const options = {
    runtime,
    variant: made.variant,
    ...(engine === undefined ? {} : { engine }),
    ...(channel === undefined ? {} : { channel }),
    ...(highpass === undefined ? {} : { highpass }),
    ...(clipStart === undefined ? {} : { start: new Date(clipStart) }),
  };
  for await (const record of extract(bytes, model, options)) records.push(record);
  return records;
}

/** Embeddings of the windows that are of the event for the greater part, and of those that touch it. */
function windowsOf(records: readonly EmbedRecord[], { start, end, clipStart = start }: WatchEvent) {
  const [from, to] = [(start - clipStart) / 1000, (end - clipStart) / 1000];
  const inside: Float32Array[] = [];
  const beside: Float32Array[] = [];
  const windows = records.filter((record): record is WindowRecord => record.type === "window");
  for (const window of windows) {
    const shared = Math.min(window.end, to) - Math.max(window.start, from);
    if (shared >= (window.end - window.start) / 2) inside.push(window.embedding);
    else if (shared > 0) beside.push(window.embedding);
  }
  return { inside, beside };
}
