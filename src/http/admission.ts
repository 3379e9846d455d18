import { OrcaError } from "../errors.ts";
import type { ClientLimits } from "./access/index.ts";
import { usageOf } from "./usage.ts";

/** What is running in this isolate, and has run. */
export interface Streams {
  active: number;
  served: number;
  windows: number;
}

/**
 * Throws `busy` where all of `most` are taken.
 * @param what  what is counted, in the plural
 * @param remedy  what helps beside waiting
 */
export function admit(running: number, most: number, what: string, remedy: string): void {
  if (running < most) return;
  throw new OrcaError("busy", `${running} ${what} are running, which is all that this isolate takes.`, {
    hint: `Try again when one has ended, or ${remedy}.`,
  });
}

/**
 * Counts a request's stream in, against what its client may have too; the returned function counts it out, once. A sender
 * that leaves counts it out too and ends the reading, because the runtime may stop running a request's code as soon as nobody
 * waits for its answer. Throws `rate_limited`.
 * @param signal  aborts when the client has left
 */
export function begin(
  { streams, clients }: { readonly streams: Streams; readonly clients: ClientLimits },
  request: Request,
  signal: AbortSignal,
  stop: () => void,
): () => void {
  const usage = usageOf(request);
  const leave = clients.begin(usage.client);
  usage.streams = true;
  let running = true;
  streams.active++;
  const finish = () => {
    if (!running) return;
    running = false;
    streams.active--;
    streams.served++;
    leave();
    usage.end();
  };
  signal.addEventListener("abort", () => {
    stop();
    finish();
  });
  return finish;
}
