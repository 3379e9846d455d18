import { OrcaError } from "../errors.ts";
import type { Limits } from "./limits.ts";

/**
 * A request body as an iterator that holds the operator's limits. `return` cancels the body at once, even while a read
 * is waiting, which tells the sender to stop.
 *
 * The first read begins here and now: under `wrangler dev` a response streams beside its request only when the body
 * has been asked for before the response is returned.
 */
export function bodyBytes(request: Request, limits: Limits): AsyncIterator<Uint8Array> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > limits.bodyBytes) throw tooLarge(limits.bodyBytes);
  const reader = request.body?.getReader();
  let first = reader?.read();
  let total = 0;
  let done = reader === undefined;
  return {
    async next() {
      if (done || reader === undefined) return { done: true, value: undefined };
      const reading = first ?? reader.read();
      first = undefined;
      const result = await orTimeout(reading, limits.idle);
      if (result === undefined) {
        throw new OrcaError("too_slow", `No byte came for ${limits.idle / 1000} s after byte ${total}.`, {
          byteOffset: total,
          hint: "Send the recording without long pauses; a live stream may be sent in several requests.",
        });
      }
      if (result.done) {
        done = true;
        return { done: true, value: undefined };
      }
      total += result.value.length;
      if (total > limits.bodyBytes) throw tooLarge(limits.bodyBytes);
      return { done: false, value: result.value };
    },
    async return() {
      if (!done) {
        done = true;
        await reader?.cancel("no longer wanted").catch(() => undefined);
      }
      return { done: true, value: undefined };
    },
  };
}

function tooLarge(limit: number): OrcaError {
  return new OrcaError("too_large", `The body is longer than the ${limit} bytes that this server takes.`, {
    byteOffset: limit,
    hint: "Cut the recording into parts, or ask the operator to raise MAX_BODY_BYTES.",
  });
}

/** The promise's value, or undefined where it takes longer than `ms`. */
export async function orTimeout<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(late.resolve, ms, undefined);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
