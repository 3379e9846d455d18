import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlainWorker, startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import { residentMemory } from "../../src/cli/workerd/process.ts";
import { readRecords } from "../../src/records/index.ts";
import { embedded, post } from "../support/client.ts";
import { sceneWav } from "../support/recordings.ts";
import { assetsFolder } from "../support/test-models.ts";

// Plain workerd: under wrangler dev the inspector keeps notes of its own, about 1 MB a minute of audio.
let worker: PlainWorker;
beforeAll(async () => {
  worker = await startPlainWorker(assetsFolder);
  await embedded(worker.url, sceneWav(1));
});
afterAll(() => worker?.stop());

const MINUTES = 60;

/** An hour of 48 kHz 16-bit mono: the scene's minute, again and again, in one WAV body of 345 MB. */
async function* hour(): AsyncGenerator<Uint8Array> {
  const minute = sceneWav(60);
  const header = minute.slice(0, 44);
  new DataView(header.buffer).setUint32(40, (minute.length - 44) * MINUTES, true);
  yield header;
  for (let count = 0; count < MINUTES; count++) {
    for (let at = 44; at < minute.length; at += 65536) yield minute.subarray(at, at + 65536);
  }
}

test("an hour of 48 kHz WAV: workerd at minute 60 beside minute 5", { timeout: 900_000 }, async () => {
  const samples: number[] = [];
  let windows = 0;
  for await (const record of readRecords(await post(worker.url, hour(), { query: "model=yamnet" }))) {
    if (record.type === "window") {
      windows++;
      if (record.end >= 60 * (samples.length + 1)) samples.push((await residentMemory(worker.pid)) / 1e6);
    }
    if (record.type === "summary") expect(record).toMatchObject({ windows: 7499, seconds: 3600, complete: true });
  }
  // 1 + ceil((57,600,000 - 15,600) / 7,680)
  expect(windows).toBe(7499);
  const at = (minute: number) => samples[minute - 1] ?? Number.NaN;
  console.log(
    `workerd: ${[1, 5, 15, 30, 45, 60].map((minute) => `${at(minute).toFixed(0)} MB at minute ${minute}`).join(", ")}`,
  );
  // What grows is young objects that V8 has taken for old ones and collects late.
  expect(at(MINUTES) - at(5)).toBeLessThan(20);
});
