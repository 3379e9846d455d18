import { lookBehind, type RandomAccess, type SoundLayout, soundLayout } from "../audio/index.ts";
import { chunksOf } from "../chunks.ts";
import {
  cutPieces,
  type DonePiece,
  joinPieces,
  type PieceFacts,
  type PieceWindows,
  whyNoPieces,
} from "../embed/index.ts";
import { OrcaError } from "../errors.ts";
import { extract } from "../extract.ts";
import { RecordReader, RecordTexts, RecordWriter } from "../records/index.ts";
import { RecordingClock, timesOf } from "../times/index.ts";
import type { ListedObject, ObjectBody, ObjectHead, SoundBucket } from "./bindings.ts";
import { type EdgeRuntime, writeTable } from "./embedding.ts";
import { objectBytes } from "./object-bytes.ts";
import { type Embedded, embeddedOf, factsOf, lookFor, type Result } from "./result.ts";
import { ResultObject } from "./result-object.ts";

/** Formats whose sound can be entered anywhere, by their names' endings. */
const CUT = /\.(wav|wave|flac)$/i;

/** Bytes within which the last line of a piece stands: a hundred findings at most. */
const LAST_LINE = 1 << 17;

/** How a recording is divided; a reason why not where that is for its own sake; undefined where it is short. */
export type Division =
  | { readonly layout: SoundLayout; readonly pieces: readonly PieceWindows[] }
  /** Of `seconds` of sound, where its header tells. */
  | { readonly why: string; readonly seconds?: number }
  | undefined;

/** Looks into a recording and divides it, where it has more than `seconds` of sound. Throws as its decoder does. */
export async function divide(
  bytes: RandomAccess,
  { key }: ListedObject,
  { entry, options }: Result,
  runtime: EdgeRuntime,
  seconds: number,
): Promise<Division> {
  if (!CUT.test(key)) return { why: "WAV and FLAC alone can be read in pieces" };
  const { description } = entry;
  const channel = options.channel ?? description.input.channel;
  const sound = await soundLayout(bytes, runtime, { channel, file: key });
  if (sound === undefined) return { why: "its header does not tell how its sound lies" };
  const { layout, info } = sound;
  const all = layout.samples / info.rate;
  if (all <= seconds) return undefined;
  const why = whyNoPieces(description, options);
  if (why !== undefined) return { why, seconds: all };
  const { metadata = [] } = await lookBehind(bytes);
  const { rate, channels } = info;
  const frameBytes = layout.container === "wav" ? layout.unit : Math.ceil((info.bits ?? 0) / 8) * channels;
  const times = timesOf({ blocks: [...sound.metadata, ...metadata], audio: { rate, channels, frameBytes }, file: key });
  const clock = times.start === undefined ? undefined : new RecordingClock(times.start, rate, times.stretches);
  if ((clock?.breaks.length ?? 0) > 0)
    return { why: "its recorder tells of gaps, behind which windows begin anew", seconds: all };
  const pieces = cutPieces(description, layout, rate, seconds);
  return pieces.length > 1 ? { layout, pieces } : undefined;
}

/** Where a piece waits for the others: beside the results, hidden, until they are joined. */
export function pieceKey(out: string, { id }: Result, { from, to }: PieceWindows): string {
  return `${out}.pieces/${id}/${from}-${to ?? "end"}.ndjson`;
}

/**
 * Embeds a piece of a recording into an object of its own: records as lines, arrays in base64, and last what joins it. Done
 * twice it is there once. Throws OrcaError where the recording is to blame.
 * @returns its windows, and the seconds of the recording up to where it was read
 */
export async function embedPiece(
  bucket: SoundBucket,
  object: ListedObject,
  windows: PieceWindows,
  layout: SoundLayout,
  target: string,
  { entry, options, variant, engine, id }: Result,
  runtime: EdgeRuntime,
): Promise<Embedded> {
  const there = await bucket.head(target);
  if (there?.customMetadata?.job === id) return await pieceThere(bucket, there);
  const access = objectBytes(bucket, object);
  let facts: PieceFacts | undefined;
  const done = (found: PieceFacts) => {
    facts = found;
  };
  const records = extract(nothing(), entry.description.id, {
    runtime,
    ...options,
    ...(await lookBehind(access)),
    file: object.key,
    variant,
    engine,
    piece: { windows, layout, access, done },
  });
  const result = new ResultObject(bucket, target, undefined, { job: id });
  const encoder = new TextEncoder();
  try {
    const writer = new RecordWriter("base64");
    let rate = 1;
    for await (const record of records) {
      if (record.type === "header") ({ rate } = record.source);
      await result.push(encoder.encode(writer.write(record)));
    }
    const made = { windows: facts?.windows ?? 0, seconds: (facts?.samples ?? 0) / rate };
    await result.push(encoder.encode(`${JSON.stringify({ type: "piece", ...made, ...facts })}\n`));
    await result.close({ job: id, ...factsOf(made) });
    return made;
  } catch (thrown) {
    await result.discard();
    throw thrown;
  }
}

/** What a piece holds that is there already. A long one says it in its last line alone. */
async function pieceThere(bucket: SoundBucket, there: ObjectHead): Promise<Embedded> {
  if (there.customMetadata?.windows !== undefined) return embeddedOf(there);
  const offset = Math.max(0, there.size - LAST_LINE);
  const found = await bucket.get(there.key, { range: { offset, length: there.size - offset } });
  const text = found !== null && "body" in found ? new TextDecoder().decode(await found.arrayBuffer()) : "";
  const { windows, seconds } = JSON.parse(text.trimEnd().split("\n").at(-1) ?? "") as Embedded;
  return { windows, seconds };
}

/**
 * Joins the pieces of a recording into its result, which is to the byte what embedding it as a whole gives.
 * @param keys  of all pieces, in their order @param known  what they hold together
 */
export async function joinObject(
  bucket: SoundBucket,
  object: ListedObject,
  keys: readonly string[],
  result: Result,
  known: Embedded,
): Promise<Embedded> {
  const there = await lookFor(result, bucket);
  if (there.done !== undefined) return there.done;
  return await writeTable(bucket, object, result, joined(bucket, object, keys, result), there.before, known);
}

function joined(bucket: SoundBucket, { size }: ListedObject, keys: readonly string[], { entry }: Result) {
  const pieces = async function* (): AsyncGenerator<DonePiece> {
    for (const key of keys) {
      const found = await bucket.get(key);
      if (found === null || !("body" in found)) {
        throw new OrcaError("unreadable", "A piece of it is not there any more: resume the job to make it again.");
      }
      yield readPiece(found);
    }
  };
  return joinPieces(pieces(), entry.description, size);
}

function readPiece({ body }: ObjectBody): DonePiece {
  let facts: PieceFacts | undefined;
  const records = async function* () {
    const reader = new RecordReader();
    const texts = new RecordTexts();
    for await (const chunk of { [Symbol.asyncIterator]: () => chunksOf(body) }) {
      for (const text of texts.push(chunk)) {
        const value = JSON.parse(text) as { readonly type: string };
        if (value.type === "piece") facts = value as unknown as PieceFacts;
        else {
          const record = reader.take(value);
          if (record.type === "header" || record.type === "window" || record.type === "summary") yield record;
        }
      }
    }
  };
  return {
    records: records(),
    facts() {
      if (facts === undefined) throw new OrcaError("record_malformed", "A piece of the recording is not whole.");
      return facts;
    },
  };
}

/** A piece brings its own bytes. */
async function* nothing(): AsyncGenerator<Uint8Array> {}
