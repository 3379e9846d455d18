import type { AudioInfo, ReadingModules } from "../audio/index.ts";
import type { NetOutputs } from "../engines/index.ts";
import { OrcaError } from "../errors.ts";
import type { HeadStage } from "../heads/index.ts";
import { describeHighPass, describeResampler, PCM_ENCODINGS } from "../kernels/index.ts";
import {
  embeddingSize,
  hasPicture,
  hopSeconds,
  type LoadedModel,
  type ModelDescription,
  outputWithRole,
  type Postprocess,
  pictureOf,
  resultShape,
  scoreCount,
  weightsDigest,
  windowSeconds,
} from "../models/index.ts";
import type { EmbedRecord, HeaderRecord, StartRecord, WindowRecord } from "../records/index.ts";
import { type Start, type Times, utcText } from "../times/index.ts";
import { Turn } from "../turns.ts";
import { VERSION } from "../version.ts";
import { batchSize, noteRun } from "./batch-size.ts";
import { batches } from "./batches.ts";
import { type ChosenHeads, eventRecord, headFields, headStage, withEvents } from "./head-records.ts";
import { outputsOf, type WindowOutputs } from "./outputs.ts";
import { type Postprocessor, postprocessor } from "./postprocess.ts";
import { Reading, type ReadingOptions } from "./reading.ts";
import type { Window } from "./windows.ts";

/** What can be chosen; every choice is named in the header. */
export interface EmbedOptions extends ReadingOptions {
  readonly scores: boolean;
  /** The picture that the net saw; models that take the waveform have none. */
  readonly spectrogram: boolean;
  /** Further outputs of the model, by name. */
  readonly outputs: readonly string[];
  /** `pca`: embeddings as AudioSet's released features are, whole numbers 0 to 255; for models with principal components. */
  readonly postprocess: Postprocess;
  /** Heads whose scores and events come with the windows. */
  readonly heads?: ChosenHeads;
}

export const DEFAULT_OPTIONS: EmbedOptions = {
  pcen: "clip",
  scores: false,
  spectrogram: false,
  outputs: [],
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
  let close = async (): Promise<void> => {
    await bytes.return?.();
  };
  const turn = new Turn(options.signal);
  try {
    const loaded = await load();
    release = loaded.use();
    const { description } = loaded.entry;
    checkOutputs(description, options.outputs);
    const postprocess = await postprocessor(options.postprocess, loaded);
    const heads = await headStage(loaded, modules.kernels, options.heads);
    const reading = new Reading(bytes, modules, description, options, turn);
    close = () => reading.close();
    const { info, times, windows } = await reading.open();
    yield [header(info, times, loaded, options, heads)];
    const arranged = arrangement(description);
    const { session } = loaded;
    for await (const batch of batches(windows, () => batchSize(session, turn))) {
      await turn.step();
      const began = performance.now();
      const answer = session.run(batch.map(({ numbers }) => arranged(numbers)));
      const tensors = answer instanceof Promise ? await answer : answer;
      turn.spend(noteRun(session, batch.length, performance.now() - began));
      const records = recordsOf(batch, tensors, description, options, postprocess, reading, heads);
      yield heads === undefined ? records : withEvents(records, heads, reading);
      // The spectrogram is the receiver's where it was asked for.
      if (!options.spectrogram) for (const { numbers } of batch) reading.recycle(numbers);
    }
    options.piece?.done?.(reading.pieceFacts());
    const findings = reading.findings();
    const complete = findings.every((finding) => !finding.lost);
    const { windowCount, seconds } = reading;
    const start = laterStart(times.start, reading.start());
    const ended = heads?.flush().map((event) => eventRecord(event, reading)) ?? [];
    if (ended.length > 0) yield ended;
    yield [{ type: "summary", windows: windowCount, seconds, bytes: reading.bytes, ...start, complete, findings }];
  } finally {
    turn.end();
    release();
    await close();
  }
}

/** Throws `bad_option` for an output that the model has not. */
function checkOutputs({ id, outputs }: ModelDescription, wanted: readonly string[]): void {
  const others = outputs.filter(({ role }) => role === "other").map(({ name }) => name);
  const unknown = wanted.find((name) => !others.includes(name));
  if (unknown === undefined) return;
  const known = ["scores", "spectrogram", ...others];
  throw new OrcaError("bad_option", `include=${JSON.stringify(unknown)} is no output of ${id}.`, {
    field: "include",
    hint: `Use ${known.join(", ")}, or several with commas.`,
  });
}

/** A window's numbers as the net takes them. */
function arrangement(description: ModelDescription): (numbers: Float32Array) => Float32Array {
  if (description.input.layout === "frames-bands") return (numbers) => numbers;
  const { frames, bands } = pictureOf(description);
  return (numbers) =>
    Float32Array.from(numbers, (_, at) => numbers[(at % frames) * bands + Math.floor(at / frames)] as number);
}

function recordsOf(
  batch: readonly Window[],
  tensors: NetOutputs,
  description: ModelDescription,
  options: EmbedOptions,
  postprocess: Postprocessor,
  reading: Reading,
  heads: HeadStage | undefined,
): WindowRecord[] {
  const results = outputsOf(description, tensors, batch.length);
  const [embedding, scores] = (["embedding", "scores"] as const).map((role) => outputWithRole(description, role)?.name);
  const pictures = options.spectrogram && hasPicture(description);
  return batch.map(({ index, start, end, padded, rms, numbers }, at) => {
    const outputs = results[at] as WindowOutputs;
    const named = (name: string | undefined) => (name === undefined ? undefined : outputs.get(name));
    const scored = options.scores ? named(scores) : undefined;
    const processed = postprocess(named(embedding) ?? new Float32Array(0));
    return {
      type: "window",
      index,
      start,
      end,
      ...utcOf(reading.utc(start)),
      ...(padded > 0 ? { padded } : {}),
      rms,
      embedding: processed,
      ...(scored === undefined ? {} : { scores: scored }),
      ...(pictures ? { spectrogram: numbers } : {}),
      ...(options.outputs.length === 0
        ? {}
        : { outputs: Object.fromEntries(options.outputs.map((name) => [name, named(name) ?? new Float32Array(0)])) }),
      ...(heads === undefined ? {} : headFields(heads.score(processed, named(scores)))),
    };
  });
}

function utcOf(utc: number | undefined): { utc?: string } {
  return utc === undefined ? {} : { utc: utcText(utc) };
}

function header(
  info: AudioInfo,
  times: Times,
  loaded: LoadedModel,
  options: EmbedOptions,
  heads: HeadStage | undefined,
): HeaderRecord {
  const { entry, variantName, variant } = loaded;
  const { description } = entry;
  const { id, input, outputs, principalComponents, licence } = description;
  const { frames, bands, hop, unit, shown, adapts } = pictureOf(description);
  const scores = scoreCount(description);
  const others = outputs.filter(({ name }) => options.outputs.includes(name));
  return {
    type: "header",
    model: id,
    variant: variantName,
    weights: entry.weights,
    ...(entry.weights === "seeded" ? { warning: SEEDED_WARNING } : {}),
    sha256: weightsDigest(variant),
    provenance: {
      address: entry.source.address,
      sha256: entry.source.sha256,
      licence: licence.name,
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
    channel: options.channel ?? input.channel,
    ...(options.highpass === undefined ? {} : { highpass: describeHighPass(options.highpass) }),
    resampler: describeResampler(info.rate, input.rate),
    rate: input.rate,
    window: { seconds: windowSeconds(description), hop: hopSeconds(description) },
    ...(hasPicture(description) ? { spectrogram: { frames, bands, hop: hop / input.rate, unit, shown } } : {}),
    embedding: embeddingSize(description),
    ...(scores > 0 ? { scores } : {}),
    ...(others.length === 0
      ? {}
      : { outputs: others.map((output) => ({ name: output.name, role: output.role, shape: resultShape(output) })) }),
    ...(adapts ? { pcen: options.pcen } : {}),
    ...(principalComponents === undefined ? {} : { postprocess: options.postprocess }),
    ...(options.postprocess === "pca" && entry.components !== undefined ? { pca: entry.components.sha256 } : {}),
    ...(heads === undefined ? {} : { heads: heads.facts }),
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
