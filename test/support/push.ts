import { sendSound } from "../../src/cli/push/sender.ts";
import { type LiveRecord, readRecords } from "../../src/records/index.ts";
import { sleep } from "./client.ts";

export const PUSHED_RATE = 16_000;

/** Sound that a box sends: loud and never the same, a tenth of a second at a time, twice as fast as it is made. */
export function startSender(url: string, token: string) {
  let stopped = false;
  async function* samples() {
    for (let at = 0; !stopped; ) {
      const part = Int16Array.from({ length: PUSHED_RATE / 10 }, () => 8000 * Math.sin(at * at++));
      yield new Uint8Array(part.buffer);
      await sleep(50);
    }
  }
  const said: string[] = [];
  const sound = { rate: PUSHED_RATE, channels: 1, samples: samples() };
  const ended = sendSound(sound, { url, token, say: (line) => void said.push(line) });
  // Its failure is heard by whoever stops it.
  ended.catch(() => undefined);
  return {
    said,
    ended,
    stop: () => {
      stopped = true;
      return ended;
    },
  };
}

/** A listener who is given records as text, and leaves when he has had enough. */
export async function listenTo(
  url: string,
  enough: (records: readonly LiveRecord[]) => boolean,
): Promise<LiveRecord[]> {
  const leaving = new AbortController();
  const response = await fetch(url, { headers: { accept: "text/event-stream" }, signal: leaving.signal });
  const records: LiveRecord[] = [];
  for await (const record of readRecords(response)) {
    records.push(record);
    if (enough(records)) break;
  }
  leaving.abort();
  return records;
}
