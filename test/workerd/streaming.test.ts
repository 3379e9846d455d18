import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlainWorker, startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import { readRecords } from "../../src/records/index.ts";
import { embedded, health, post, sleep } from "../support/client.ts";
import { noise, sceneWav } from "../support/recordings.ts";
import { assetsFolder } from "../support/test-models.ts";

let worker: PlainWorker;
beforeAll(async () => {
  worker = await startPlainWorker(assetsFolder, { ENGINE: "kernels" });
  // The model is loaded once: what follows is about streams.
  await embedded(worker.url, sceneWav(1));
});
afterAll(() => worker?.stop());

const RAW = "model=yamnet&pcm=f32le&rate=16000&encoding=base64";

test("the first window comes back within 5 s of a real-time upload, long before its end", async () => {
  const wav = sceneWav(24);
  const step = 48000 * 2 * 0.1;
  let sent = 0;
  let enough = false;
  async function* live() {
    for (let at = 0; at < wav.length && !enough; at += step) {
      yield wav.subarray(at, at + step);
      sent += 0.1;
      await sleep(100);
    }
  }
  let sentAtFirstWindow = Number.POSITIVE_INFINITY;
  for await (const record of readRecords(await post(worker.url, live()))) {
    if (record.type !== "window" || enough) continue;
    sentAtFirstWindow = sent;
    enough = true;
  }
  console.log(`first window after ${sentAtFirstWindow.toFixed(1)} s of audio had been sent`);
  // The window itself needs 0.975 s and the resampler 6 ms.
  expect(sentAtFirstWindow).toBeGreaterThan(0.9);
  expect(sentAtFirstWindow).toBeLessThan(5);
});

test("two clients at once get their own answers, and the same as alone", async () => {
  const bodies = [1, 2, 3].map((seed) => new Uint8Array(noise(16000 * 6, seed).buffer));
  const alone = [];
  for (const body of bodies) alone.push(await embedded(worker.url, body, { query: RAW, type: "" }));
  const together = await Promise.all(
    bodies.map(async (body) => {
      async function* slowly() {
        for (let at = 0; at < body.length; at += 40_000) {
          yield body.subarray(at, at + 40_000);
          await sleep(5);
        }
      }
      return embedded(worker.url, slowly(), { query: RAW, type: "" });
    }),
  );
  for (const [at, answer] of together.entries()) {
    const expected = alone[at]?.windows ?? [];
    expect(answer.windows.length).toBe(expected.length);
    for (const [index, { embedding }] of answer.windows.entries()) {
      const truth = expected[index]?.embedding ?? new Float32Array();
      const scale = Math.max(...truth);
      // Batches form differently: 1e-6 of the largest value. Another client's audio is 100,000 times that far away.
      for (const [i, value] of embedding.entries())
        expect(Math.abs(value - (truth[i] as number))).toBeLessThanOrEqual(1e-6 * scale);
    }
  }
  const [first, second] = alone;
  expect(first?.windows[0]?.embedding).not.toEqual(second?.windows[0]?.embedding);
});

test("a client that leaves stops the work", async () => {
  const leaving = new AbortController();
  async function* endless() {
    // fetch goes on asking an aborted body: without a pause and an end that would keep this process busy for good.
    for (let seed = 0; !leaving.signal.aborted; seed++) {
      yield new Uint8Array(noise(16000, seed).buffer);
      await sleep(1);
    }
  }
  const response = await post(worker.url, endless(), { query: RAW, type: "", signal: leaving.signal });
  const reader = response.body?.getReader();
  await reader?.read();
  expect((await health(worker.url)).streams.active).toBe(1);
  leaving.abort();
  await expect.poll(async () => (await health(worker.url)).streams.active, { timeout: 10_000 }).toBe(0);
  const { windows } = (await health(worker.url)).streams;
  await sleep(300);
  expect((await health(worker.url)).streams.windows).toBe(windows);
});

test("a client that does not read is not read from", async () => {
  let sent = 0;
  let open = true;
  async function* eager() {
    for (let seed = 0; open; seed++) {
      const chunk = new Uint8Array(noise(16000, seed).buffer);
      sent += chunk.length;
      yield chunk;
      await sleep(1);
    }
  }
  const response = await post(worker.url, eager(), { query: `${RAW}&include=spectrogram`, type: "" });
  // Buffers on the way fill, and then nothing moves: the answer to 0.48 s is 36 kB of text, so this is soon.
  let before = -1;
  for (let tries = 0; tries < 60 && sent !== before; tries++) {
    before = sent;
    await sleep(1000);
  }
  expect(sent).toBe(before);
  console.log(`a sender whose answers nobody reads was stopped after ${(sent / 1e6).toFixed(1)} MB`);
  open = false;
  let windows = 0;
  let seconds = 0;
  for await (const record of readRecords(response)) {
    if (record.type === "window") windows++;
    if (record.type === "summary") seconds = record.seconds;
  }
  expect(seconds).toBe(sent / 64_000);
  expect(windows).toBe(1 + Math.ceil((seconds * 16000 - 15600) / 7680));
});
