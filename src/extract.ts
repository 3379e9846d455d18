import { lookBehind, type RandomAccess, type RawFormat, type ReadingModules } from "./audio/index.ts";
import { chunksOf } from "./chunks.ts";
import { DEFAULT_OPTIONS, type EmbedOptions, embed } from "./embed/index.ts";
import { OrcaError } from "./errors.ts";
import { joinFloats } from "./join.ts";
import { DEFAULT_VARIANT, type ModelStore } from "./models/index.ts";
import type { EmbedRecord, EventRecord, HeaderRecord, SummaryRecord, WindowRecord } from "./records/index.ts";
import { givenStart, type Start } from "./times/index.ts";

/** Samples that are in memory already: mono, nominally within [-1, 1]; `rate` in Hz. */
export interface Samples {
  readonly samples: Float32Array;
  readonly rate: number;
}

/** Bytes of a recording (any format that is read, or raw PCM with `options.raw`), whole or arriving, or samples. */
export type Audio = Uint8Array | ArrayBuffer | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | Samples;

/** What the pipeline runs on: compiled modules and a store of models. */
export interface Runtime extends ReadingModules {
  readonly store: ModelStore;
}

/** What can be chosen about a result. */
export interface ResultOptions extends Partial<Omit<EmbedOptions, "start">> {
  /** `fp32` where it is left out, or `int8`, in a quarter of the memory, which the kernels run. Throws `unknown_variant`. */
  readonly variant?: string;
  /** `ort`, `kernels`, or `auto` where it is left out: the fastest that runs the variant and computes it right. */
  readonly engine?: string;
  /**
   * When the first sample was taken: ISO 8601 with Z or an offset, seconds since 1970 as text, a Date, or a Start with its
   * own source and uncertainty.
   */
  readonly start?: string | Date | Start;
}

/** What it is extracted with: a Worker and a page bring their own; in Node the package's is taken where it is left out. */
export interface ExtractOptions extends ResultOptions {
  readonly runtime: Runtime;
}

/** Everything of one recording at once, as orca-embeddings returns it. Arrays are row-major. */
export interface Extraction {
  readonly header: HeaderRecord;
  readonly summary: SummaryRecord;
  /** [windows, embedding] */
  readonly embeddings: Float32Array;
  /** [frames, bands]: the picture that the net saw, each frame once; undefined for models that take the waveform. */
  readonly spectrogram: Float32Array | undefined;
  /** [windows, classes], where the model has scores. */
  readonly scores: Float32Array | undefined;
  /** Start of each window, seconds. */
  readonly starts: Float64Array;
  /** When each window was, milliseconds since 1970, where the start is known. */
  readonly utcs: Float64Array | undefined;
  /** Of each window the probabilities by head and class, where heads ran. */
  readonly heads: readonly WindowHeads[] | undefined;
  /** The events of all heads, as they ended. */
  readonly events: readonly EventRecord[] | undefined;
}

type WindowHeads = NonNullable<WindowRecord["heads"]>;

/** Records as they are made, or all of them as one `result`; take one of the two, once. */
export interface Extracting extends AsyncIterable<EmbedRecord> {
  /** Holds all of it in memory: for recordings, not for streams. Throws OrcaError. */
  result(): Promise<Extraction>;
}

/**
 * Embeddings of a recording.
 * @param audio  where the recording comes from; it is read as fast as the records are taken, and no faster
 */
export function extract(audio: Audio, model: string, options: ExtractOptions): Extracting {
  const { runtime, load, chosen } = prepared(model, options);
  const records = (extra: Partial<EmbedOptions>) => {
    const { bytes, raw, whole } = source(audio);
    const all = { ...chosen, ...extra, ...(raw === undefined ? {} : { raw }) };
    if (whole === undefined) return embed(bytes, load, runtime, all);
    return (async function* () {
      yield* embed(bytes, load, runtime, { ...all, ...(await lookBehind(inMemory(whole))) });
    })();
  };
  return {
    [Symbol.asyncIterator]: () => records({}),
    result: () => collect(records({ scores: true, spectrogram: true })),
  };
}

/** What stages take, of what users give. Throws `bad_time`. */
export function prepared(model: string, options: ExtractOptions) {
  const { runtime, variant = DEFAULT_VARIANT, engine, start, ...chosen } = options;
  const known = start === undefined ? {} : { start: startOf(start) };
  return {
    runtime,
    load: () => runtime.store.load(model, variant, engine),
    chosen: { ...DEFAULT_OPTIONS, ...chosen, ...known } satisfies EmbedOptions,
  };
}

function startOf(start: string | Date | Start): Start {
  if (typeof start === "string") return givenStart(start);
  if (!(start instanceof Date)) return start;
  // An invalid Date has no ISO form.
  return givenStart(Number.isNaN(start.getTime()) ? String(start) : start.toISOString());
}

async function collect(records: AsyncGenerator<EmbedRecord>): Promise<Extraction> {
  let header: HeaderRecord | undefined;
  let summary: SummaryRecord | undefined;
  const embeddings: Float32Array[] = [];
  const pictures: Float32Array[] = [];
  const scores: Float32Array[] = [];
  const starts: number[] = [];
  const utcs: number[] = [];
  const heads: WindowHeads[] = [];
  const events: EventRecord[] = [];
  for await (const record of records) {
    if (record.type === "header") header = record;
    else if (record.type === "summary") summary = record;
    else if (record.type === "event") {
      if (record.phase === "end") events.push(record);
    } else {
      const last = starts.at(-1);
      starts.push(record.start);
      if (record.utc !== undefined) utcs.push(Date.parse(record.utc));
      embeddings.push(record.embedding);
      if (record.heads !== undefined) heads.push(record.heads);
      if (record.scores !== undefined) scores.push(record.scores);
      const picture = record.spectrogram;
      if (picture !== undefined && header !== undefined)
        pictures.push(last === undefined ? picture : newRows(picture, header, record.start - last));
    }
  }
  if (header === undefined || summary === undefined)
    throw new OrcaError("internal", "The result ended without a summary.");
  return {
    header,
    summary,
    embeddings: joinFloats(embeddings),
    spectrogram: header.spectrogram === undefined ? undefined : joinFloats(pictures),
    scores: header.scores === undefined ? undefined : joinFloats(scores),
    starts: Float64Array.from(starts),
    utcs: header.start === undefined ? undefined : Float64Array.from(utcs),
    heads: header.heads === undefined ? undefined : heads,
    events: header.heads === undefined ? undefined : events,
  };
}

/** The frames of a window that the window `step` seconds before it did not have: all of them behind a gap in time. */
function newRows(picture: Float32Array, { window, spectrogram }: HeaderRecord, step: number): Float32Array {
  if (spectrogram === undefined || Math.abs(step - window.hop) > 1e-4) return picture;
  const rows = Math.min(spectrogram.frames, Math.round(window.hop / spectrogram.hop));
  return picture.subarray((spectrogram.frames - rows) * spectrogram.bands);
}

function source(audio: Audio): { bytes: AsyncIterator<Uint8Array>; raw?: RawFormat; whole?: Uint8Array } {
  if (audio instanceof ArrayBuffer) return source(new Uint8Array(audio));
  if (audio instanceof Uint8Array) return { bytes: once(audio), whole: audio };
  if (audio instanceof ReadableStream) return { bytes: chunksOf(audio) };
  if (Symbol.asyncIterator in audio) return { bytes: audio[Symbol.asyncIterator]() };
  const { samples, rate } = audio as Samples;
  const bytes = once(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  return { bytes, raw: { encoding: "f32", bigEndian: false, rate, channels: 1 } };
}

function inMemory(bytes: Uint8Array): RandomAccess {
  return { size: bytes.length, read: async (at, length) => bytes.subarray(at, at + length) };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
