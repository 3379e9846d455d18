import * as z from "zod";
import type { ReadingModules } from "../audio/index.ts";
import { asOrcaError, type ErrorCode } from "../errors.ts";
import type { Services } from "../http/index.ts";
import type { Batch, Delivery, JobsEnv } from "./bindings.ts";
import { embedObject } from "./embedding.ts";
import { isRecording, listPage, sendRecordings } from "./listing.ts";
import { Progress } from "./progress.ts";

const Message = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("list"), job: z.string(), after: z.string() }),
  z.object({ kind: z.literal("record"), job: z.string(), key: z.string(), etag: z.string(), size: z.number() }),
]);

/** R2's own word of an object. */
const Event = z.object({
  action: z.string(),
  object: z.object({ key: z.string(), size: z.number().optional(), eTag: z.string().optional() }),
});

/** R2's words for an object that has become another: the others say that it is gone. */
const WRITTEN = new Set(["PutObject", "CopyObject", "CompleteMultipartUpload"]);

/** Seconds before what failed without a fault of the recording's is tried again. */
const AGAIN_AFTER = 30;

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
  "unreadable",
]);

/**
 * Does what messages of a queue say. Each comes at least once: what is done twice has one result. What came to nothing so
 * often that its queue gave it up comes from another queue, whose name ends in `-dead`, and is written down as failed.
 */
export async function consume(batch: Batch, env: JobsEnv, services: Services): Promise<void> {
  for (const delivery of batch.messages) {
    try {
      if (batch.queue.endsWith("-dead")) await giveUp(delivery, env);
      else await doOne(delivery, env, services);
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
    await newObject(body, env);
    return;
  }
  const progress = new Progress(env, message.data.job);
  if (message.data.kind === "list") await listPage(env, progress, message.data.after);
  else await record(message.data, progress, env, services);
}

async function record(
  { key, etag, size }: { readonly key: string; readonly etag: string; readonly size: number },
  progress: Progress,
  env: JobsEnv,
  services: Services & ReadingModules,
): Promise<void> {
  const settings = await progress.settings(key);
  if (settings === null || settings.state === "cancelled" || settings.done === etag) return;
  const choices = { variant: services.choices.variant, engine: services.choices.engine };
  try {
    const made = await embedObject(env.SOUND, { key, etag, size }, settings.request, services, choices);
    await progress.outcome({ key, result: "done", ...made });
  } catch (thrown) {
    const { code, message } = asOrcaError(thrown);
    if (!FINAL.has(code)) throw thrown;
    await progress.outcome({ key, result: "failed", code, message });
  }
}

/** An object that has just been uploaded becomes a recording of the job that watches the bucket. */
async function newObject(body: unknown, env: JobsEnv): Promise<void> {
  const event = Event.safeParse(body);
  const { WATCH_JOB: job } = env;
  if (!event.success || job === undefined || !WRITTEN.has(event.data.action)) return;
  const progress = new Progress(env, job);
  const settings = await progress.settings();
  const { key } = event.data.object;
  if (settings === null || settings.state === "cancelled") return;
  const { prefix, out } = settings.request;
  if (!key.startsWith(prefix) || key.startsWith(out) || !isRecording(key)) return;
  // As it is now: events come late, and in any order.
  const head = await env.SOUND.head(key);
  if (head === null) return;
  const { send } = await progress.listed({
    objects: [{ key, etag: head.etag, size: head.size }],
    refused: [],
    last: false,
  });
  await sendRecordings(env, job, send);
}

async function giveUp({ body }: Delivery, env: JobsEnv): Promise<void> {
  const message = Message.safeParse(body);
  if (!message.success) return;
  const progress = new Progress(env, message.data.job);
  const why =
    "It was tried several times, and each time its process ended or a service failed. Resume the job to try again.";
  if (message.data.kind === "record") {
    await progress.outcome({ key: message.data.key, result: "failed", code: "given_up", message: why });
  } else
    await progress.setState(
      "failed",
      `The bucket could not be listed behind ${JSON.stringify(message.data.after)}. ${why}`,
    );
}
