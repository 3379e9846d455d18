import { request as plain } from "node:http";
import { request as secure } from "node:https";
import { OrcaError } from "../../errors.ts";
import { problemIn } from "../../records/problems.ts";
import type { StdinSound } from "./stdin-sound.ts";

/** Waits before a connection is tried again, ms: doubling, from the first to the longest. */
const [FIRST_WAIT, LONGEST_WAIT] = [1000, 30_000];
/** Bytes that may wait for the line: beyond them what is said is that it stands still. */
const MOST_WAITING = 4 * 2 ** 20;

/** Where sound is sent, and by whom. */
export interface PushTarget {
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
  let notBefore = 0;
  let wait = FIRST_WAIT;
  /** Whether it was ever taken: until then a refusal is told, and afterwards the receiver may only not yet know that we left. */
  let taken = false;
  /** Bytes so far, and those that nobody got. */
  let [sent, lost] = [0, 0];
  const fail = (thrown: unknown) => {
    if (thrown instanceof OrcaError && (!taken || thrown.code !== "busy")) throw thrown;
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
      line = new Line(`${url}?${query}`, token);
      if (lost > 0) say(`${(lost / frame / rate).toFixed(1)} s were lost`);
      lost = 0;
    }
    sent += part.length;
    if (line === undefined || part.length <= from) lost += part.length;
    else {
      await line.write(part.subarray(from));
      if (line.failed === undefined && line.old && !taken) {
        taken = true;
        wait = FIRST_WAIT;
        say(`sending ${rate} Hz, ${channels} ${channels === 1 ? "channel" : "channels"}`);
      }
    }
  }
  const failed = await line?.end();
  if (failed !== undefined) throw failed;
}

/** One connection. */
class Line {
  /** Why it is no more. */
  failed: unknown;
  readonly #began = Date.now();
  readonly #request;
  readonly #answered: Promise<void>;

  constructor(url: string, token: string) {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" };
    this.#request = (url.startsWith("https:") ? secure : plain)(url, { method: "POST", headers });
    this.#answered = new Promise((resolve) => {
      const over = (why: unknown) => {
        this.failed ??= why;
        resolve();
      };
      this.#request.on("error", over);
      this.#request.on("response", (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          text += part;
        });
        response.on("error", over);
        response.on("end", () => {
          const { statusCode: status = 0 } = response;
          if (status === 200) resolve();
          else void problemIn(new Response(text, { status })).then(over);
        });
      });
    });
  }

  /** Whether it has held for a second. */
  get old(): boolean {
    return Date.now() - this.#began > 1000;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.failed !== undefined) return;
    if (this.#request.write(bytes) || this.#request.writableLength < MOST_WAITING) return;
    await Promise.race([this.#answered, new Promise<void>((resolve) => this.#request.once("drain", resolve))]);
  }

  /** @returns why it failed, where it did */
  async end(): Promise<unknown> {
    this.#request.end();
    await this.#answered;
    return this.failed;
  }
}
