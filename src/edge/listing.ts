import { endingOf, RECORDING_ENDINGS } from "../audio/index.ts";
import type { JobsEnv, Message } from "./bindings.ts";
import type { Progress } from "./progress.ts";

/** Keys of one message: a Durable Object and a queue take them in one go each. */
const PAGE = 500;
/** Messages that a queue takes at once. */
const BATCH = 100;

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
  const last = objects.at(-1)?.key;
  const more = truncated && last !== undefined;
  const { send } = await progress.listed({ objects: found, last: !more });
  await sendMessages(
    env,
    send.map((object) => ({ kind: "record", job: progress.id, ...object })),
  );
  if (more) await env.QUEUE.send({ kind: "list", job: progress.id, after: last });
}

export async function sendMessages(env: JobsEnv, messages: readonly Message[]): Promise<void> {
  for (let at = 0; at < messages.length; at += BATCH) {
    await env.QUEUE.sendBatch(messages.slice(at, at + BATCH).map((body) => ({ body })));
  }
}

/** By its name: to look into each object would be a request each. */
export const isRecording = (key: string) => RECORDING_ENDINGS.has(endingOf(key)) && !/(^|\/)\./.test(key);
