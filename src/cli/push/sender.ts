import { OrcaError } from "../../errors.ts";
import type { Line } from "./line.ts";
import { PostLine } from "./post-line.ts";
import { SocketLine } from "./socket-line.ts";
import type { StdinSound } from "./stdin-sound.ts";

/** Waits before a connection is tried again, ms: doubling, from the first to the longest. */
const [FIRST_WAIT, LONGEST_WAIT] = [1000, 30_000];
/** What a receiver would say again: it is not tried again. */
const FINAL: readonly string[] = [
  "bad_option",
  "forbidden",
  "host_refused",
  "method_not_allowed",
  "not_found",
  "origin_refused",
  "unauthorized",
];

/** Where sound is sent, and by whom. */
export interface PushTarget {
  /** By `ws:` and `wss:` over a WebSocket, by `http:` and `https:` as one long body. */
  readonly url: string;
  readonly token: string;
  /** Is given what happens, a line at a time. */
  readonly say: (line: string) => void;
}

/**
 * Sends sound as it comes, until it ends. A connection that breaks is made anew; what comes meanwhile is lost, and the receiver
 * names the gap. Throws what the receiver refuses for good.
 */
export async function sendSound(
  { rate, channels, samples }: StdinSound,
  { url, token, say }: PushTarget,
): Promise<void> {
  const frame = 2 * channels;
  let line: Line | undefined;
  let known: Line | undefined;
  let notBefore = 0;
  let wait = FIRST_WAIT;
  /** Whether it was ever taken: until then a refusal is told, and afterwards the receiver may only not yet know that we left. */
  let taken = false;
  /** Bytes so far, and those that nobody got. */
  let [sent, lost] = [0, 0];
  const fail = (thrown: unknown) => {
    if (thrown instanceof OrcaError && (FINAL.includes(thrown.code) || (!taken && thrown.code === "busy")))
      throw thrown;
    say(`not connected: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    line = undefined;
    notBefore = Date.now() + wait;
    wait = Math.min(LONGEST_WAIT, 2 * wait);
  };
  for await (const part of samples) {
    if (line?.failed !== undefined) fail(line.failed);
    let from = 0;
    if (line === undefined && Date.now() >= notBefore) {
      // With a whole frame.
      from = (frame - (sent % frame)) % frame;
      const start = new Date(Date.now() - (1000 * (part.length - from)) / frame / rate).toISOString();
      const query = new URLSearchParams({ rate: String(rate), channels: String(channels), start });
      const made = url.startsWith("ws") ? SocketLine : PostLine;
      line = new made(`${url}?${query}`, token);
      if (lost > 0) say(`${(lost / frame / rate).toFixed(1)} s were lost`);
      lost = 0;
    }
    sent += part.length;
    if (line === undefined || part.length <= from) lost += part.length;
    else {
      await line.write(part.subarray(from));
      if (line.failed !== undefined || !line.old || line === known) continue;
      // It has held for a while: it was taken.
      known = line;
      wait = FIRST_WAIT;
      if (!taken) {
        taken = true;
        say(`sending ${rate} Hz, ${channels} ${channels === 1 ? "channel" : "channels"}`);
      }
    }
  }
  const failed = await line?.end();
  if (failed !== undefined) throw failed;
}
