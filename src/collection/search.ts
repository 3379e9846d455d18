import { OrcaError } from "../errors.ts";
import { type CodeTable, ExactSearch, type Examples, type Hit, type Measure } from "../vectors/index.ts";
import type { Collection, StoredRecording, WindowBlock, WindowFilter } from "./types.ts";

/** What is looked for in a collection, and how. */
export interface SearchRequest {
  readonly examples: Examples;
  readonly measure: Measure;
  /** How many windows are wanted at most; events are made of these, so there are as many or fewer. */
  readonly count: number;
  /** Only what scores more. */
  readonly above?: number;
  readonly filter?: WindowFilter;
  /** Windows that are not wanted, as the examples themselves. */
  readonly without?: ReadonlySet<number>;
  /** Whether neighbouring windows among them are one: an event, which scores as its best window. */
  readonly events?: boolean;
}

/** What was found: a window, or an event of several. */
export interface Result {
  /** Of the window; of an event's best one. */
  readonly id: number;
  readonly score: number;
  readonly recording: StoredRecording;
  /** Seconds from the recording's start. */
  readonly start: number;
  readonly end: number;
  /** When it began: milliseconds since 1970, where that is known. */
  readonly utc?: number;
  readonly rms?: number;
  /** Of an event: how many windows it has. */
  readonly windows: number;
}

/** Of an example's length: the square root of float32's largest number, so that products with other such vectors are numbers. */
const LARGEST_SQUARE = 1.8e19;
/** Candidates whose vectors are in memory at a time. */
const FETCHED = 4096;
/** From so many windows on candidates are found by codes: fewer vectors are compared as soon. */
export const CODED_FROM = 20_000;
/**
 * Candidates that are scored exactly: for each one that is wanted, at least, and as a share of all windows. Inner products
 * favour long vectors, whose estimates are as much farther off: among real windows a share of 1/25 was needed to find 99 % of
 * the best 50.
 */
const CANDIDATES: Readonly<Record<Measure, { readonly each: number; readonly least: number; readonly share: number }>> =
  {
    cosine: { each: 20, least: 1000, share: 0 },
    euclidean: { each: 20, least: 1000, share: 0 },
    dot: { each: 80, least: 4000, share: 1 / 25 },
  };

/**
 * The windows that are most alike to examples, the best first.
 * @param module  build/vectors.wasm, compiled
 * @param codes  of all windows: candidates are found by them, and these are scored exactly. Without them every vector is
 *   read, in blocks
 */
export async function searchCollection(
  collection: Collection,
  module: WebAssembly.Module,
  request: SearchRequest,
  codes?: CodeTable,
): Promise<Result[]> {
  const { examples, count, events = false, above, without } = request;
  checkExamples(collection, examples);
  // Events are made of the best windows alone: looking for `count` events would draw poor ones in until recordings are whole.
  const many = count + (without?.size ?? 0);
  const all =
    codes === undefined
      ? await exact(collection, module, request, many)
      : await coded(collection, module, request, many, codes);
  const hits = all.filter(({ id, score }) => without?.has(id) !== true && (above === undefined || score > above));
  const results = await resultsOf(collection, hits.slice(0, count));
  return events ? merged(results) : results;
}

function checkExamples({ model: { dimensions } }: Collection, { positive, negative = [] }: Examples): void {
  const [first] = positive;
  if (first === undefined)
    throw new OrcaError("bad_option", "There is no example of what is looked for.", {
      hint: "Give windows by their numbers, labels, or vectors.",
    });
  for (const vector of [...positive, ...negative]) {
    if (vector.length !== dimensions)
      throw new OrcaError(
        "bad_option",
        `An example has ${vector.length} numbers, and the collection's vectors have ${dimensions}.`,
        {
          hint: "It is of another model.",
        },
      );
    if (!vector.every(Number.isFinite)) throw new OrcaError("bad_option", "An example has NaN or infinity.");
    const square = vector.reduce((sum, value) => sum + value * value, 0);
    if (square > LARGEST_SQUARE)
      throw new OrcaError("bad_option", "An example's numbers are so large that its products are no numbers.", {
        hint: "It is no embedding of this model.",
      });
  }
  if (positive.every((vector) => vector.every((value) => value === 0)))
    throw new OrcaError("bad_option", "The example is a vector of zeros, which is like nothing.", {
      hint: "Take one in which something is heard.",
    });
}

async function exact(
  collection: Collection,
  module: WebAssembly.Module,
  { examples, measure, filter }: SearchRequest,
  count: number,
): Promise<Hit[]> {
  const search = new ExactSearch(module, examples, measure, count);
  for await (const { ids, vectors } of collection.blocks(filter === undefined ? {} : { filter }))
    search.push(ids, vectors);
  return search.finish();
}

async function coded(
  collection: Collection,
  module: WebAssembly.Module,
  { examples, measure, filter }: SearchRequest,
  count: number,
  codes: CodeTable,
): Promise<Hit[]> {
  const passing = filter === undefined ? undefined : await idsOf(collection, filter);
  const { each, least, share } = CANDIDATES[measure];
  const wanted = Math.max(least, count * each, Math.ceil((passing?.size ?? codes.count) * share));
  const candidates = codes.candidates(examples.positive, measure, wanted, passing && ((id) => passing.has(id)));
  const search = new ExactSearch(module, examples, measure, count);
  for (let first = 0; first < candidates.length; first += FETCHED) {
    const { ids, vectors } = await collection.windows(candidates.slice(first, first + FETCHED));
    search.push(ids, vectors);
  }
  return search.finish();
}

async function idsOf(collection: Collection, filter: WindowFilter): Promise<Set<number>> {
  const passing = new Set<number>();
  for await (const { ids } of collection.blocks({ filter, vectors: false, size: 1 << 14 }))
    for (const id of ids) passing.add(id);
  return passing;
}

async function resultsOf(collection: Collection, hits: readonly Hit[]): Promise<Result[]> {
  const windows = await collection.windows(
    hits.map(({ id }) => id),
    false,
  );
  const scores = new Map(hits.map(({ id, score }) => [id, score]));
  const recordings = new Map<number, StoredRecording>();
  const results: Result[] = [];
  for (let at = 0; at < windows.count; at++) {
    const recordingId = windows.recordings[at] as number;
    const recording = recordings.get(recordingId) ?? (await collection.recording(recordingId));
    if (recording === undefined) continue;
    recordings.set(recordingId, recording);
    results.push(resultAt(windows, at, recording, scores.get(windows.ids[at] as number) as number));
  }
  return results;
}

function resultAt(windows: WindowBlock, at: number, recording: StoredRecording, score: number): Result {
  const [utc, rms] = [windows.utcs[at] as number, windows.rms[at] as number];
  return {
    id: windows.ids[at] as number,
    score,
    recording,
    start: windows.starts[at] as number,
    end: windows.ends[at] as number,
    ...(Number.isNaN(utc) ? {} : { utc }),
    ...(Number.isNaN(rms) ? {} : { rms }),
    windows: 1,
  };
}

/** Windows of a recording that overlap or touch are one event, which scores as its best. */
function merged(results: readonly Result[]): Result[] {
  const events: Result[] = [];
  const byTime = results.toSorted((a, b) => a.recording.id - b.recording.id || a.start - b.start);
  for (const next of byTime) {
    const last = events.at(-1);
    if (last === undefined || last.recording.id !== next.recording.id || next.start > last.end) events.push(next);
    else {
      const best = next.score > last.score ? next : last;
      const { start, utc } = last;
      const end = Math.max(last.end, next.end);
      events[events.length - 1] = {
        ...best,
        start,
        end,
        windows: last.windows + 1,
        ...(utc === undefined ? {} : { utc }),
      };
    }
  }
  return events.sort((a, b) => b.score - a.score || a.id - b.id);
}
