import { lookBehind, type RandomAccess, type ReadingModules } from "../audio/index.ts";
import { chunksOf } from "../chunks.ts";
import { DEFAULT_OPTIONS, type EmbedOptions } from "../embed/index.ts";
import { OrcaError } from "../errors.ts";
import { extract } from "../extract.ts";
import { jobKey } from "../jobs/index.ts";
import { joinBytes } from "../join.ts";
import type { ModelStore } from "../models/index.ts";
import { EMBEDDINGS, modelSettings } from "../options/index.ts";
import { ParquetTable } from "../output/index.ts";
import type { ObjectBody, ObjectHead, SoundBucket } from "./bindings.ts";
import type { JobRequest } from "./job.ts";
import { ResultObject } from "./result-object.ts";

/** What a recording gave. */
export interface Embedded {
  readonly windows: number;
  readonly seconds: number;
}

/** Bytes that are looked at behind the sound at once. */
const BLOCK = 1 << 16;

/**
 * Embeds one object of a bucket into a Parquet object beside the others of its job, once: where the result of this job is
 * there already it is known by its key. Throws OrcaError where the recording is to blame.
 */
export async function embedObject(
  bucket: SoundBucket,
  object: { readonly key: string; readonly etag: string; readonly size: number },
  request: JobRequest,
  runtime: ReadingModules & { readonly store: ModelStore },
  choices: { readonly variant: string; readonly engine: string },
): Promise<Embedded> {
  const { key, etag, size } = object;
  const { model, scores, out } = request;
  const variant = request.variant ?? choices.variant;
  const entry = await runtime.store.entry(model);
  const options: EmbedOptions = { ...DEFAULT_OPTIONS, scores };
  const made = { variant, engine: choices.engine, options };
  const target = `${out}${key}.${model}.parquet`;
  const looks = { format: "parquet", scores: String(scores) };
  const id = await jobKey(
    { name: key, bytes: size, etag, modified: 0 },
    model,
    modelSettings(EMBEDDINGS, entry, made),
    looks,
  );
  const there = await bucket.head(target);
  // A long result does not say whose it is: it is made again where its delivery ended before it was counted.
  if (there?.customMetadata?.job === id) return outcomeOf(there);
  const found = await bucket.get(key, { onlyIf: { etagMatches: etag } });
  if (found === null) throw new OrcaError("not_found", "The object is not there any more.");
  if (!hasBody(found)) throw new OrcaError("unreadable", "The object has changed since it was listed; resume the job.");
  const behind = await lookBehind(accessTo(bucket, object));
  const table = new ParquetTable({ file: key, scores, spectrogram: false });
  const result = new ResultObject(bucket, target, there?.etag);
  const records = extract(asIterable(found.body), model, {
    runtime,
    ...options,
    ...behind,
    file: key,
    variant,
    engine: choices.engine,
  });
  try {
    let [windows, seconds] = [0, 0];
    for await (const record of records) {
      for (const piece of table.push(record)) await result.push(piece);
      if (record.type === "summary") ({ windows, seconds } = record);
    }
    for (const piece of table.finish()) await result.push(piece);
    await result.close({ job: id, windows: String(windows), seconds: String(seconds) });
    return { windows, seconds };
  } catch (thrown) {
    await result.discard();
    throw thrown;
  }
}

function outcomeOf({ customMetadata = {} }: ObjectHead): Embedded {
  return { windows: Number(customMetadata.windows ?? 0), seconds: Number(customMetadata.seconds ?? 0) };
}

const hasBody = (object: ObjectHead | ObjectBody): object is ObjectBody => "body" in object;

const asIterable = (stream: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]: () => chunksOf(stream),
});

/** An object as bytes that can be read anywhere, in blocks. */
function accessTo(
  bucket: SoundBucket,
  { key, etag, size }: { readonly key: string; readonly etag: string; readonly size: number },
): RandomAccess {
  let block: { from: number; bytes: Uint8Array } | undefined;
  const at = async (from: number) => {
    const first = Math.floor(from / BLOCK) * BLOCK;
    if (block?.from === first) return block;
    const range = { offset: first, length: Math.min(BLOCK, size - first) };
    const found = await bucket.get(key, { range, onlyIf: { etagMatches: etag } });
    if (found === null || !hasBody(found))
      throw new OrcaError("unreadable", "The object has changed since it was listed.");
    block = { from: first, bytes: new Uint8Array(await found.arrayBuffer()) };
    return block;
  };
  return {
    size,
    async read(from, length) {
      const end = Math.min(size, from + length);
      const parts: Uint8Array[] = [];
      for (let next = from; next < end; ) {
        const { from: first, bytes } = await at(next);
        const part = bytes.slice(next - first, end - first);
        parts.push(part);
        next += part.length;
      }
      return joinBytes(parts);
    },
  };
}
