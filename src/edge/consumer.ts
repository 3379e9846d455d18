import * as z from "zod";
import { asOrcaError, type ErrorCode, OrcaError } from "../errors.ts";
import type { Services } from "../http/index.ts";
import type { Batch, Delivery, JobsEnv, ListedObject } from "./bindings.ts";
import { BucketRefusal, toldBucket } from "./bucket.ts";
import { embedObject } from "./embedding.ts";
import { isRecording, listPage, sendMessages } from "./listing.ts";
import { objectBytes } from "./object-bytes.ts";
import { divide, embedPiece, joinObject, pieceKey } from "./pieces.ts";
import { Progress, type RecordingSettings } from "./progress.ts";
import { type Embedded, lookFor, resultOf } from "./result.ts";

const object = { job: z.string(), key: z.string(), etag: z.string(), size: z.number() };
const Layout = z.object({
  container: z.enum(["wav", "flac"]),
  start: z.number(),
  samples: z.number(),
  unit: z.number(),
  origin: z.number(),
});
const Message = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("list"), job: z.string(), after: z.string() }),
  z.object({ kind: z.literal("record"), ...object }),
  z.object({ kind: z.literal("piece"), ...object, layout: Layout, from: z.number(), to: z.number().optional() }),
  z.object({ kind: z.literal("join"), ...object }),
]);
type Message = z.infer<typeof Message>;
type MessageOf<Kind> = Extract<Message, { kind: Kind }>;

/** R2's own word of an object. */
const Event = z.object({
  action: z.string(),
  object: z.object({ key: z.string(), size: z.number().optional(), eTag: z.string().optional() }),
});

/** R2's words for an object that has become another: the others say that it is gone. */
const WRITTEN = new Set(["PutObject", "CopyObject", "CompleteMultipartUpload"]);

/** Seconds before what failed without a fault of the recording's is tried again. */
const AGAIN_AFTER = 30;

/**
 * Seconds of sound of a piece where PIECE_SECONDS is left out. A message has five minutes of CPU; by docs/scale.md a core takes
 * for half an hour 7 s with YAMNet in int8, 62 s with Humpback in int8, and 180 s with the slowest, Humpback in fp32.
 */
const PIECE_SECONDS = 1800;
/** What one message does of a recording that cannot be cut: so many pieces' seconds, and bytes. */
const [MOST_PIECES, MOST_BYTES] = [4, 1 << 30];

/** What no other delivery would do better: the recording or the job is to blame, and says why. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  "not_audio",
  "wav_malformed",
  "audio_malformed",
  "unsupported_encoding",
  "no_samples",
  "empty_body",
  "bad_option",
  "unknown_model",
  "unknown_variant",
  "not_found",
  "too_large",
  "unreadable",
  "record_malformed",
]);

/** What a message is done with. */
interface Work {
  readonly env: JobsEnv;
  readonly services: Services;
  readonly progress: Progress;
  readonly settings: RecordingSettings;
}

/**
 * Does what messages of a queue say. Each comes at least once: what is done twice has one result. What came to nothing so
 * often that its queue gave it up comes from another queue, whose name ends in `-dead`, and is written down as failed.
 */
export async function consume(batch: Batch, env: JobsEnv, services: Services): Promise<void> {
  const told = { ...env, SOUND: toldBucket(env.SOUND) };
  for (const delivery of batch.messages) {
    try {
      if (batch.queue.endsWith("-dead")) await giveUp(delivery, told, services);
      else await doOne(delivery, told, services);
      delivery.ack();
    } catch (thrown) {
      services.log(JSON.stringify({ at: "queue", error: asOrcaError(thrown).message }));
      delivery.retry({ delaySeconds: AGAIN_AFTER });
    }
  }
}

async function doOne({ body }: Delivery, env: JobsEnv, services: Services): Promise<void> {
  const message = Message.safeParse(body);
  if (!message.success) {
    await newObject(body, env, services);
    return;
  }
  const { data } = message;
  const progress = new Progress(env, data.job);
  try {
    if (data.kind === "list") await listPage(env, progress, data.after);
    else await work(data, progress, env, services);
  } catch (thrown) {
    // What the bucket refuses it refuses for every recording: the job ends, and its other messages do nothing.
    if (!(thrown instanceof BucketRefusal)) throw thrown;
    await progress.setState("failed", [thrown.message, thrown.hint].join(" "));
  }
}

async function work(
  message: MessageOf<"record" | "piece" | "join">,
  progress: Progress,
  env: JobsEnv,
  services: Services,
): Promise<void> {
  const { key, etag } = message;
  const settings = await progress.settings(key);
  if (settings === null || settings.state === "cancelled" || settings.state === "failed") return;
  if (settings.done === etag || (settings.failed === etag && message.kind !== "record")) return;
  const all = { env, services, progress, settings };
  try {
    const made = await {
      record: () => record(message, all),
      piece: () => piece(message as MessageOf<"piece">, all),
      join: () => join(message, all),
    }[message.kind]();
    if (made !== undefined) await progress.outcome({ key, etag, result: "done", ...made });
  } catch (thrown) {
    const { code, message: why, hint } = asOrcaError(thrown);
    if (thrown instanceof BucketRefusal || !FINAL.has(code)) throw thrown;
    await progress.outcome({ key, etag, result: "failed", code, message: hint === undefined ? why : `${why} ${hint}` });
  }
}

/** @returns what it gave; undefined where it was divided, and its pieces are sent */
async function record(
  listed: ListedObject,
  { env, services, progress, settings }: Work,
): Promise<Embedded | undefined> {
  const { key, etag, size } = listed;
  const object = { key, etag, size };
  const result = await resultOf(object, settings.request, services.store, services.choices);
  const there = await lookFor(result, env.SOUND);
  if (there.done !== undefined) return there.done;
  const bytes = objectBytes(env.SOUND, object);
  const each = pieceSeconds(env);
  const division = await divide(bytes, object, result, services, each);
  if (division !== undefined && "pieces" in division) {
    const { layout } = division;
    const { waiting } = await progress.divided({ key, etag, pieces: division.pieces });
    const { id: job } = progress;
    // All were done, and what was to join them has been lost.
    if (waiting.length === 0) await env.QUEUE.send({ kind: "join", job, ...object });
    else
      await sendMessages(
        env,
        waiting.map((piece) => ({ kind: "piece", job, ...object, layout, ...piece })),
      );
    return undefined;
  }
  const { why, seconds = 0 } = division ?? {};
  if (size <= MOST_BYTES && seconds <= MOST_PIECES * each)
    return await embedObject(env.SOUND, bytes, object, result, services, there.before);
  const [has, can] =
    size <= MOST_BYTES
      ? [`${Math.round(seconds)} s of sound`, `${MOST_PIECES * each} s`]
      : [`${size} bytes`, `${MOST_BYTES}`];
  const reason = why === undefined ? "" : `, and ${why}`;
  throw new OrcaError("too_large", `It has ${has}, one message can do ${can}${reason}.`, {
    hint: "The command line reads it: orca-embed extract.",
  });
}

function pieceSeconds({ PIECE_SECONDS: set }: JobsEnv): number {
  const seconds = Number(set ?? PIECE_SECONDS);
  if (Number.isFinite(seconds) && seconds >= 1) return seconds;
  throw new OrcaError(
    "bad_option",
    `The setting PIECE_SECONDS is ${JSON.stringify(set)}, no number of seconds from 1 on.`,
    {
      field: "PIECE_SECONDS",
    },
  );
}

async function piece(
  { key, etag, size, layout, from, to }: MessageOf<"piece">,
  { env, services, progress, settings }: Work,
): Promise<undefined> {
  const object = { key, etag, size };
  const result = await resultOf(object, settings.request, services.store, services.choices);
  const windows = { from, ...(to === undefined ? {} : { to }) };
  const target = pieceKey(settings.request.out, result, windows);
  const made = await embedPiece(env.SOUND, object, windows, layout, target, result, services);
  const { known, all } = await progress.pieceDone({ key, etag, from, ...made });
  // It was late: the others have been joined, with the same piece of another delivery.
  if (!known) await env.SOUND.delete([target]);
  if (all) await env.QUEUE.send({ kind: "join", job: progress.id, ...object });
}

async function join(
  { key, etag, size }: ListedObject,
  { env, services, progress, settings }: Work,
): Promise<undefined> {
  const object = { key, etag, size };
  const { pieces, windows, seconds } = await progress.pieces({ key, etag });
  if (pieces.length === 0) return undefined;
  const result = await resultOf(object, settings.request, services.store, services.choices);
  const keys = pieces.map((one) => pieceKey(settings.request.out, result, one));
  const made = await joinObject(env.SOUND, object, keys, result, { windows, seconds });
  // Both before it is counted, for a process that ends then, and after it, for pieces that came late.
  await env.SOUND.delete(keys);
  await progress.outcome({ key, etag, result: "done", ...made });
  await env.SOUND.delete(keys);
  return undefined;
}

/** An object that has just been uploaded becomes a recording of the job that watches the bucket. */
async function newObject(body: unknown, env: JobsEnv, services: Services): Promise<void> {
  const event = Event.safeParse(body);
  const { WATCH_JOB: job } = env;
  if (!event.success) {
    services.log(JSON.stringify({ at: "queue", error: "A message is neither a job's nor an event of R2's.", body }));
    return;
  }
  if (job === undefined || !WRITTEN.has(event.data.action)) return;
  const progress = new Progress(env, job);
  const settings = await progress.settings();
  const { key } = event.data.object;
  if (settings === null || settings.state === "cancelled") return;
  const { prefix, out } = settings.request;
  if (!key.startsWith(prefix) || key.startsWith(out) || !isRecording(key)) return;
  // As it is now: events come late, and in any order.
  const head = await env.SOUND.head(key);
  if (head === null) return;
  const { send } = await progress.listed({ objects: [{ key, etag: head.etag, size: head.size }], last: false });
  await sendMessages(
    env,
    send.map((one) => ({ kind: "record", job, ...one })),
  );
}

async function giveUp({ body }: Delivery, env: JobsEnv, services: Services): Promise<void> {
  const message = Message.safeParse(body);
  if (!message.success) {
    services.log(
      JSON.stringify({ at: "dead-letter queue", error: "A message that belongs to no job was given up.", body }),
    );
    return;
  }
  const { data } = message;
  const progress = new Progress(env, data.job);
  const why =
    "It was tried several times, and each time its process ended or a service failed. Resume the job to try again.";
  if (data.kind === "list") {
    await progress.setState("failed", `The bucket could not be listed behind ${JSON.stringify(data.after)}. ${why}`);
    return;
  }
  await progress.outcome({ key: data.key, etag: data.etag, result: "failed", code: "given_up", message: why });
}
