import { endingOf, RECORDING_ENDINGS } from "../audio/index.ts";
import type { JobsEnv, Message } from "./bindings.ts";
import type { Progress } from "./progress.ts";
import type { ListedObject } from "./progress-object.ts";

/** Keys of one message: a Durable Object and a queue take them in one go each. */
const PAGE = 500;
/** Messages that a queue takes at once. */
const BATCH = 100;
/**
 * Bytes of a recording that one message does. A message has five minutes of CPU: a gibibyte is 1.7 hours of 48 kHz 24-bit
 * WAV, and several times as much in FLAC.
 */
const MOST_BYTES = 1 << 30;

/** Lists a page of a job's prefix, sends its recordings, and a message for what is behind them. Doing it twice does no harm. */
export async function listPage(env: JobsEnv, progress: Progress, after: string): Promise<void> {
  const settings = await progress.settings();
  if (settings === null || settings.state === "cancelled") return;
  const { prefix, out } = settings.request;
  const { objects, truncated } = await env.SOUND.list({
    prefix,
    limit: PAGE,
    ...(after === "" ? {} : { startAfter: after }),
  });
  const found = objects
    .filter(({ key }) => isRecording(key) && !key.startsWith(out))
    .map(({ key, etag, size }) => ({ key, etag, size }));
  const long = found.filter(({ size }) => size > MOST_BYTES);
  const last = objects.at(-1)?.key;
  const more = truncated && last !== undefined;
  const { send } = await progress.listed({
    objects: found.filter(({ size }) => size <= MOST_BYTES),
    refused: long.map((object) => ({
      ...object,
      message: `It has ${object.size} bytes, and one message can do ${MOST_BYTES}. The command line reads it: orca-embed extract.`,
    })),
    last: !more,
  });
  await sendRecordings(env, progress.id, send);
  if (more) await env.QUEUE.send({ kind: "list", job: progress.id, after: last });
}

export async function sendRecordings(env: JobsEnv, job: string, objects: readonly ListedObject[]): Promise<void> {
  for (let at = 0; at < objects.length; at += BATCH) {
    const messages = objects
      .slice(at, at + BATCH)
      .map((object) => ({ body: { kind: "record", job, ...object } satisfies Message }));
    await env.QUEUE.sendBatch(messages);
  }
}

/** By its name: to look into each object would be a request each. */
export const isRecording = (key: string) => RECORDING_ENDINGS.has(endingOf(key)) && !/(^|\/)\./.test(key);
