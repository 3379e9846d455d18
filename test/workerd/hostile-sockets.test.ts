import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlainWorker, startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import { residentMemory } from "../../src/cli/workerd/process.ts";
import { health, post, sleep } from "../support/client.ts";
import { RawSocket } from "../support/raw-socket.ts";
import { noise } from "../support/recordings.ts";
import { silentFlac } from "../support/silent-flac.ts";
import { assetsFolder } from "../support/test-models.ts";

let worker: PlainWorker;
beforeAll(async () => {
  worker = await startPlainWorker(assetsFolder, { ENGINE: "kernels", IDLE_SECONDS: "3", HYDROPHONES: NOWHERE });
});
afterAll(() => worker?.stop());

const NOWHERE = JSON.stringify({ lab: { title: "A lab", node: "http://127.0.0.1:1" } });
const RAW = "model=yamnet&pcm=f32le&rate=16000&include=spectrogram";
const active = async () => (await health(worker.url)).streams.active;
const open = (query = RAW) => RawSocket.open(`${worker.url}/v1/embeddings?${query}`);

/** Slots are back long before the idle time, which would hide a leak. */
const free = () => expect.poll(active, { timeout: 1000, interval: 50 }).toBe(0);

test("frames of a reserved kind", async () => {
  const sockets = await Promise.all(Array.from({ length: 16 }, () => open()));
  await expect.poll(active).toBe(16);
  for (const socket of sockets) socket.send(3, new Uint8Array(4));
  await free();
  for (const socket of sockets) expect(socket.closing?.code).toBe(1002);
});

test("a message of 40 MB", async () => {
  const socket = await open();
  await expect.poll(active).toBe(1);
  socket.send(2, new Uint8Array(40_000_000));
  await free();
  // Its close frame may be lost with the rest of the message, which nobody reads.
  await socket.closed;
});

test("a peer that vanishes: while it sends, and while it waits", async () => {
  for (const bytes of [0, 64_000]) {
    const socket = await open();
    if (bytes > 0) socket.send(2, new Uint8Array(noise(bytes / 4, 1).buffer));
    await expect.poll(active).toBe(1);
    socket.socket.resetAndDestroy();
    await free();
  }
});

test("ten minutes in 6 kB whose sender vanishes, over a WebSocket and in a request: nothing is begun after him", async () => {
  const windows = async () => (await health(worker.url)).streams.windows;
  const long = silentFlac(600);
  const leaving = new AbortController();
  const senders = [
    async () => {
      const socket = await open("model=yamnet");
      socket.send(2, long);
      return () => socket.socket.resetAndDestroy();
    },
    async () => {
      const answer = await post(worker.url, long, { signal: leaving.signal });
      await answer.body?.getReader().read();
      return () => leaving.abort();
    },
  ];
  for (const send of senders) {
    const before = await windows();
    const leave = await send();
    await expect.poll(windows).toBeGreaterThan(before);
    leave();
    await free();
    // A run of the net that had begun is over soon.
    await sleep(300);
    const after = await windows();
    await sleep(300);
    expect(await windows()).toBe(after);
    expect(after - before).toBeLessThan(1250);
  }
});

test("upgrades without a key are refused before a slot is taken", async () => {
  for (const path of ["/v1/embeddings?model=yamnet", "/v1/hydrophones/lab/embeddings?model=yamnet"]) {
    const statuses = [];
    for (let time = 0; time < 20; time++) {
      const socket = await RawSocket.open(worker.url + path, { key: false });
      statuses.push(socket.status);
      socket.socket.destroy();
    }
    expect(new Set(statuses)).toEqual(new Set([400]));
    await free();
  }
});

test("one that ignores `taken` and runs ahead is closed with 1008", async () => {
  const socket = await open();
  // A mebibyte is 16 s of audio, whose windows take longer than to send the next.
  for (let megabyte = 0; megabyte < 12 && socket.closing === undefined; megabyte++) {
    socket.send(2, new Uint8Array(noise(262_144, megabyte).buffer));
    await sleep(5);
  }
  await expect.poll(() => socket.closing).toEqual({ code: 1008, reason: "too_large" });
  await free();
});

test("one that never reads is closed with 1008 after the idle time, and costs no more memory than is documented", async () => {
  const before = await residentMemory(worker.pid);
  const sockets = await Promise.all(Array.from({ length: 4 }, () => open()));
  for (const { socket } of sockets) socket.pause();
  // Half a megabyte is 8 s of audio, and 17 windows of 130 kB.
  const deadline = Date.now() + 60_000;
  for (let part = 0; (await active()) > 0 && Date.now() < deadline; part++) {
    if (part < 8) for (const socket of sockets) socket.send(2, new Uint8Array(noise(131_072, part).buffer));
    await sleep(250);
  }
  expect(await active()).toBe(0);
  for (const { socket } of sockets) socket.resume();
  for (const socket of sockets)
    await expect.poll(() => socket.closing).toEqual({ code: 1008, reason: "nothing was taken" });
  // 4 MiB out and 4 MiB in for each, as strings and buffers of the runtime.
  if (!Number.isNaN(before)) expect((await residentMemory(worker.pid)) - before).toBeLessThan(4 * 32 * 1024 ** 2);
});
