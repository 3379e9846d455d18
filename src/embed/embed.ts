import type { AudioInfo, ReadingModules } from "../audio/index.ts";
import { describeResampler, PCM_ENCODINGS } from "../kernels/index.ts";
import { hopSeconds, MODELS, type Model, type Postprocess, windowSeconds } from "../models/index.ts";
import { type LoadedModel, weightsDigest } from "../onnx/index.ts";
import { type Start, type Times, utcText } from "../times/index.ts";
import { VERSION } from "../version.ts";
import { batches } from "./batches.ts";
import { type Postprocessor, postprocessor } from "./postprocess.ts";
import { Reading, type ReadingOptions } from "./reading.ts";
import type { EmbedRecord, HeaderRecord, StartRecord, WindowRecord } from "./records.ts";
import type { Window } from "./windows.ts";

/** What can be chosen; every choice is named in the header. */
export interface EmbedOptions extends ReadingOptions {
  readonly scores: boolean;
  readonly spectrogram: boolean;
  /** `pca`: VGGish's embeddings as AudioSet's released features are, whole numbers 0 to 255. */
  readonly postprocess: Postprocess;
}

export const DEFAULT_OPTIONS: EmbedOptions = {
  channel: "mean",
  pcen: "clip",
  scores: false,
  spectrogram: false,
  postprocess: "none",
};

export const SEEDED_WARNING =
  "The weights are seeded, not trained: shapes and numerics are right, but these embeddings have no learned meaning.";

/**
 * The whole way: bytes of a recording in, records out as the bytes arrive: a header as soon as the format is known, a
 * window for each stretch of audio, a summary. Leaving the loop early closes `bytes`. Throws OrcaError; what was
 * yielded before it stays valid.
 */
export async function* embed(...input: Parameters<typeof embedBatches>): AsyncGenerator<EmbedRecord> {
  for await (const records of embedBatches(...input)) yield* records;
}

/** As `embed`; records that are ready at the same moment, which are the windows of one run of the net, come together. */
export async function* embedBatches(
  bytes: AsyncIterator<Uint8Array>,
  load: () => Promise<LoadedModel>,
  modules: ReadingModules,
  options: EmbedOptions,
): AsyncGenerator<readonly EmbedRecord[]> {
  let release = () => {};
  try {
    const loaded = await load();
    release = loaded.use();
    const model = MODELS[loaded.entry.name];
    const postprocess = await postprocessor(options.postprocess, loaded);
    const reading = new Reading(bytes, modules, model, options, loaded.entry.pcen);
    const { info, times, windows } = await reading.open();
    yield [header(info, times, loaded, model, options)];
    for await (const batch of batches(windows, loaded.session.batch)) {
      yield run(batch, loaded, options, postprocess, reading);
      // The spectrogram is the receiver's where it was asked for.
      if (!options.spectrogram) for (const { frames } of batch) reading.recycle(frames);
    }
    const findings = reading.findings();
    const complete = findings.every((finding) => !finding.lost);
    const { windowCount, seconds } = reading;
    const start = laterStart(times.start, reading.start());
    yield [{ type: "summary", windows: windowCount, seconds, bytes: reading.bytes, ...start, complete, findings }];
  } finally {
    release();
    await bytes.return?.();
  }
}

function run(
  batch: readonly Window[],
  { session }: LoadedModel,
  options: EmbedOptions,
  postprocess: Postprocessor,
  reading: Reading,
): WindowRecord[] {
  const { embedding, scores } = session.run(batch.map(({ frames }) => frames));
  const part = (values: Float32Array<ArrayBuffer>, at: number) => {
    const width = values.length / batch.length;
    return values.subarray(at * width, (at + 1) * width);
  };
  return batch.map(({ index, start, end, padded, rms, frames }, at) => ({
    type: "window",
    index,
    start,
    end,
    ...utcOf(reading.utc(start)),
    ...(padded > 0 ? { padded } : {}),
    rms,
    embedding: postprocess(part(embedding, at)),
    ...(options.scores && scores !== undefined ? { scores: part(scores, at) } : {}),
    ...(options.spectrogram ? { spectrogram: frames } : {}),
  }));
}

function utcOf(utc: number | undefined): { utc?: string } {
  return utc === undefined ? {} : { utc: utcText(utc) };
}

function header(info: AudioInfo, times: Times, loaded: LoadedModel, model: Model, options: EmbedOptions): HeaderRecord {
  const { entry, variantName, variant } = loaded;
  const { frontEnd } = model;
  return {
    type: "header",
    model: entry.name,
    variant: variantName,
    weights: entry.weights,
    ...(entry.weights === "seeded" ? { warning: SEEDED_WARNING } : {}),
    sha256: weightsDigest(variant),
    provenance: {
      address: entry.source.address,
      sha256: entry.source.sha256,
      licence: entry.licence,
      parameters: entry.parameters,
      converter: entry.converter,
    },
    engine: loaded.engine.name,
    version: VERSION,
    source: {
      container: info.container,
      encoding: encodingName(info),
      rate: info.rate,
      channels: info.channels,
      ...(info.bits === undefined ? {} : { bits: info.bits }),
      ...(info.declaredFrames === undefined ? {} : { seconds: info.declaredFrames / info.rate }),
      ...(info.priming === undefined ? {} : { priming: info.priming }),
    },
    ...(times.start === undefined ? {} : { start: startRecord(times.start) }),
    ...(times.recorder === undefined ? {} : { recorder: times.recorder }),
    channel: options.channel,
    resampler: describeResampler(info.rate, model.rate),
    rate: model.rate,
    window: { seconds: windowSeconds(model), hop: hopSeconds(model) },
    spectrogram: {
      frames: model.windowFrames,
      bands: frontEnd.bands,
      hop: frontEnd.hop / model.rate,
      unit: frontEnd.kind === "log-mel" ? `ln(mel + ${frontEnd.offset})` : "PCEN",
    },
    embedding: entry.embedding,
    ...(entry.scores > 0 ? { scores: entry.scores } : {}),
    ...(frontEnd.kind === "pcen" ? { pcen: options.pcen } : {}),
    ...(entry.name === "vggish" ? { postprocess: options.postprocess } : {}),
    ...(options.postprocess === "pca" && entry.pca !== undefined ? { pca: entry.pca.sha256 } : {}),
  };
}

function startRecord({ utc, ...rest }: Start): StartRecord {
  return { utc: utcText(utc), ...rest };
}

/** The start for the summary, where what stood behind the audio says another one than the header has. */
function laterStart(before: Start | undefined, after: Start | undefined): { start?: StartRecord } {
  const same = before?.utc === after?.utc && before?.source === after?.source;
  return after === undefined || same ? {} : { start: startRecord(after) };
}

/** PCM with its byte order, as ffmpeg calls it; a codec by its name. */
function encodingName({ encoding, bigEndian }: AudioInfo): string {
  if (encoding === "u8" || !PCM_ENCODINGS.some((pcm) => pcm === encoding)) return encoding;
  return `${encoding}${bigEndian ? "be" : "le"}`;
}
