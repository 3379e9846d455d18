import { lookBehind, type ReadingModules } from "../audio/index.ts";
import type { SeekableBytes } from "../embed/index.ts";
import { extract } from "../extract.ts";
import type { ModelStore } from "../models/index.ts";
import { ParquetTable } from "../output/index.ts";
import type { EmbedRecord } from "../records/index.ts";
import type { ListedObject, SoundBucket } from "./bindings.ts";
import { type Embedded, factsOf, type Result } from "./result.ts";
import { ResultObject } from "./result-object.ts";

/** Numbers of a row group, 1 MB of float32: an isolate has 128 MB, and larger groups would take most of it while they are written. */
const GROUP_VALUES = 1 << 18;

/** What messages are done with. */
export type EdgeRuntime = ReadingModules & { readonly store: ModelStore };

/**
 * Embeds one object of a bucket into a Parquet object beside the others of its job. Throws OrcaError where the recording is
 * to blame. @param before  the tag of what it replaces
 */
export async function embedObject(
  bucket: SoundBucket,
  bytes: SeekableBytes,
  object: ListedObject,
  result: Result,
  runtime: EdgeRuntime,
  before: string | undefined,
): Promise<Embedded> {
  const { variant, engine, options, entry } = result;
  const records = extract({ [Symbol.asyncIterator]: () => bytes.stream(0) }, entry.description.id, {
    runtime,
    ...options,
    ...(await lookBehind(bytes)),
    file: object.key,
    variant,
    engine,
  });
  return await writeTable(bucket, object, result, records, before);
}

/**
 * Writes records as a result, whole or not at all.
 * @param before  the tag of what it replaces @param known  what it will hold, where that is known: a long one says so too
 */
export async function writeTable(
  bucket: SoundBucket,
  { key, etag }: ListedObject,
  { target, id, made, options }: Result,
  records: AsyncIterable<EmbedRecord>,
  before: string | undefined,
  known?: Embedded,
): Promise<Embedded> {
  const table = new ParquetTable({ file: key, scores: options.scores, spectrogram: false, groupValues: GROUP_VALUES });
  const facts = { job: id, made, of: etag };
  const object = new ResultObject(bucket, target, before, { ...facts, ...(known === undefined ? {} : factsOf(known)) });
  try {
    let embedded: Embedded = { windows: 0, seconds: 0 };
    for await (const record of records) {
      for (const piece of table.push(record)) await object.push(piece);
      if (record.type === "summary") embedded = { windows: record.windows, seconds: record.seconds };
    }
    for (const piece of table.finish()) await object.push(piece);
    await object.close({ ...facts, ...factsOf(embedded) });
    return embedded;
  } catch (thrown) {
    await object.discard();
    throw thrown;
  }
}
