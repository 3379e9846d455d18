import {
  type HeadEvent,
  type HeadScores,
  HeadStage,
  type LoadedHead,
  type RunningOptions,
  type ScoreRule,
} from "../heads/index.ts";
import { embeddingSize, type LoadedModel, scoreCount, weightsDigest } from "../models/index.ts";
import type { EmbedRecord, EventRecord, WindowRecord } from "../records/index.ts";
import { utcText } from "../times/index.ts";

/** Heads that are to run, and how. */
export interface ChosenHeads extends RunningOptions {
  readonly trained: readonly LoadedHead[];
  /** Classes of models' own scores; those of other models are passed over. */
  readonly rules: readonly ScoreRule[];
}

/** The heads behind a model, or undefined where none are for it. Throws `bad_option`. */
export async function headStage(
  loaded: LoadedModel,
  kernels: WebAssembly.Module,
  chosen: ChosenHeads | undefined,
): Promise<HeadStage | undefined> {
  if (chosen === undefined) return undefined;
  const { entry, variant, variantName } = loaded;
  const { description } = entry;
  const rules = chosen.rules.filter(({ model }) => model === description.id);
  if (chosen.trained.length === 0 && rules.length === 0) return undefined;
  const model = {
    id: description.id,
    sha256: weightsDigest(variant),
    variant: variantName,
    dimensions: embeddingSize(description),
    scores: scoreCount(description),
    names: rules.length === 0 ? undefined : await loaded.readClassNames(),
  };
  return new HeadStage(kernels, model, chosen.trained, rules, chosen);
}

/** What a window's record says of its heads. */
export const headFields = ({ heads, noise }: HeadScores): Pick<WindowRecord, "heads" | "noise"> => ({
  heads,
  ...(noise === undefined ? {} : { noise }),
});

/** Where a moment was in UTC, milliseconds since 1970. */
interface Clock {
  utc(seconds: number): number | undefined;
}

/** Windows, each followed by the events that it begins or ends. */
export function withEvents(records: readonly WindowRecord[], heads: HeadStage, clock: Clock): EmbedRecord[] {
  return records.flatMap((record): EmbedRecord[] => {
    const { start, end, padded = 0, heads: scores = {}, noise } = record;
    const events = heads.events({ start, end: end - padded }, { heads: scores, noise });
    return [record, ...events.map((event) => eventRecord(event, clock))];
  });
}

export function eventRecord({ class: { name }, ...event }: HeadEvent, clock: Clock): EventRecord {
  const { phase, head, number, start, end, peak, peakStart, mean, windows } = event;
  const utc = clock.utc(start);
  return {
    type: "event",
    phase,
    head,
    class: name,
    number,
    start,
    end,
    ...(utc === undefined ? {} : { utc: utcText(utc) }),
    peak,
    peakStart,
    mean,
    windows,
  };
}
