import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlainWorker, startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import { residentMemory } from "../../src/cli/workerd/process.ts";
import { joinBytes } from "../../src/join.ts";
import { flacFrame, flacHeader } from "../audio/flac/support/flac-writer.ts";
import { CODINGS, wander } from "../audio/flac/support/signal.ts";
import { aiffFile } from "../audio/support/aiff-writer.ts";
import { health, post, sleep } from "../support/client.ts";
import { RawSocket } from "../support/raw-socket.ts";
import { noise, sceneWav } from "../support/recordings.ts";
import { silentFlac } from "../support/silent-flac.ts";
import { assetsFolder } from "../support/test-models.ts";

/** ORCA_SOAK_MINUTES=10 for a shorter one, with as many fewer requests. */
const MINUTES = Number(process.env.ORCA_SOAK_MINUTES ?? 60);
const REQUESTS = Math.ceil((5000 * MINUTES) / 60);
/** Requests at once. */
const SENDERS = 3;

let worker: PlainWorker;
let log = "";
let [lines, logged] = [0, 0];
/** Lines that are not a request's. */
const otherLines: string[] = [];
beforeAll(async () => {
  const vars = { ENGINE: "kernels", MAX_AUDIO_SECONDS: "120", IDLE_SECONDS: "5" };
  worker = await startPlainWorker(assetsFolder, vars, undefined, (text) => {
    logged += text.length;
    log += text;
    const whole = log.split("\n");
    log = whole.pop() ?? "";
    lines += whole.length;
    otherLines.push(...whole.filter((line) => !/^\{"time":".*"route":".*"status":\d+.*\}$/.test(line)));
  });
});
afterAll(() => worker?.stop());

const flac = () => {
  const frames = Array.from({ length: 40 }, (_, number) =>
    flacFrame({
      channels: [wander(4096, 16, number)],
      bits: 16,
      number,
      coding: CODINGS[number % CODINGS.length] ?? { kind: "verbatim" },
    }),
  );
  return joinBytes([
    flacHeader({ rate: 48_000, channels: 1, bits: 16, largest: 4096 }),
    ...frames,
  ]) as Uint8Array<ArrayBuffer>;
};
const RAW = "pcm=f32le&rate=16000";

/** Made beforehand: a connection that idles while they are made is closed. */
const bodies = {
  wav: sceneWav(3),
  flac: flac(),
  aiff: aiffFile({ rate: 44_100, values: wander(60_000, 16, 1) }) as Uint8Array<ArrayBuffer>,
  cut: sceneWav(3).slice(0, 100_000),
  // Of which two minutes are taken.
  silence: silentFlac(3600),
};

test(`${MINUTES} minute(s) of ${REQUESTS} mixed requests on one process`, {
  timeout: (MINUTES + 10) * 60_000,
}, async () => {
  const digests = new Map<string, string>();
  const codes = new Map<string, number>();
  const wrong: string[] = [];
  const heard = (what: string, status: number, text: string, repeated: boolean) => {
    const [code] =
      /"code":"(\w+)","detail|"type":"error".*"code":"(\w+)"|"code":"(\w+)"/.exec(text)?.slice(1).filter(Boolean) ?? [];
    codes.set(`${status} ${code ?? ""}`, (codes.get(`${status} ${code ?? ""}`) ?? 0) + 1);
    if (code === "internal" || (status >= 500 && code === undefined))
      wrong.push(`${what}: ${status} ${text.slice(-300)}`);
    // A last record that is an error has the request's id.
    if (!repeated || code === "too_large") return;
    const digest = createHash("sha256").update(text).digest("hex");
    if ((digests.get(what) ?? digest) !== digest) wrong.push(`${what}: another answer than before`);
    digests.set(what, digest);
  };
  const send = async (what: string, body: Uint8Array<ArrayBuffer>, query: string, repeated = true) => {
    const answer = await post(worker.url, body, { query, type: "application/octet-stream" });
    heard(what, answer.status, await answer.text(), repeated && answer.status === 200);
  };
  const kinds: readonly (() => Promise<void>)[] = [
    () => send("wav", bodies.wav, "model=yamnet&include=scores"),
    () => send("flac", bodies.flac, "model=yamnet"),
    () => send("aiff", bodies.aiff, "model=yamnet"),
    () => send("cut", bodies.cut, "model=yamnet&include=spectrogram"),
    () => send("humpback", bodies.wav, "model=humpback"),
    () => send("int8", bodies.wav, "model=yamnet&variant=int8&encoding=base64"),
    () => send("no audio", new TextEncoder().encode("this is no recording"), "model=yamnet"),
    // An early answer to a long body breaks the connection of many clients: that is for serve to keep, and its tests.
    () => send("no model", bodies.wav.slice(0, 1000), "model=blue"),
    () => send("nothing", new Uint8Array(0), "model=yamnet"),
    () => send("silence", bodies.silence, "model=yamnet&encoding=base64"),
    async () => {
      const answer = await fetch(`${worker.url}/v1/projector?model=yamnet`, { method: "POST", body: bodies.wav });
      const size = (await answer.arrayBuffer()).byteLength;
      heard("bundle", answer.status, `${size > 1000}`, true);
    },
    async () => {
      const leaving = new AbortController();
      const answer = await post(worker.url, bodies.silence, { signal: leaving.signal });
      await answer.body?.getReader().read();
      leaving.abort();
    },
    async () => {
      const socket = await RawSocket.open(`${worker.url}/v1/embeddings?model=yamnet&${RAW}`);
      socket.send(2, new Uint8Array(noise(16_000, 1).buffer));
      await sleep(20);
      if (Math.random() < 0.5) socket.socket.resetAndDestroy();
      else socket.send(3, new Uint8Array(4));
    },
    async () => {
      const socket = new WebSocket(`${worker.url.replace("http", "ws")}/v1/embeddings?model=yamnet&${RAW}`);
      let text = "";
      const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
      socket.addEventListener("message", ({ data }) => {
        if (!String(data).includes('"type":"taken"')) text += data;
      });
      socket.addEventListener("open", () => {
        socket.send(new Uint8Array(noise(32_000, 2).buffer));
        socket.send("end");
      });
      await closed;
      heard("socket", 101, text, text.includes('"summary"'));
    },
    async () => {
      for (const path of ["/healthz", "/metrics", "/v1/models", "/nothing"]) {
        const answer = await fetch(worker.url + path);
        heard(path, answer.status, await answer.text(), false);
      }
    },
  ];
  const memory: number[] = [];
  const files: number[] = [];
  const began = Date.now();
  let sent = 0;
  const sender = async () => {
    while (sent < REQUESTS) {
      const number = sent++;
      const due = began + (number / REQUESTS) * MINUTES * 60_000;
      if (due > Date.now()) await sleep(due - Date.now());
      await kinds[number % kinds.length]?.();
      if (number % Math.max(1, Math.floor(REQUESTS / 40)) !== 0) continue;
      memory.push((await residentMemory(worker.pid)) / 1e6);
      files.push((await readdir(`/proc/${worker.pid}/fd`)).length);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  await expect.poll(async () => (await health(worker.url)).streams.active).toBe(0);
  console.log(`codes: ${[...codes].map(([code, count]) => `${code} ${count}`).join(", ")}`);
  console.log(`MB: ${memory.map((megabytes) => megabytes.toFixed(0)).join(" ")}`);
  console.log(`descriptors: ${files.join(" ")}`);
  console.log(`log: ${lines} lines, ${logged} bytes, ${(logged / lines).toFixed(0)} a line`);
  expect(wrong).toEqual([]);
  expect(otherLines).toEqual([]);
  // deploy/README.md: 300 bytes a line.
  expect(lines).toBeGreaterThan(0.9 * REQUESTS);
  expect(logged / lines).toBeLessThan(300);
  const tenth = Math.ceil(memory.length / 10);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const quarter = Math.floor(memory.length / 4);
  expect(mean(memory.slice(-tenth))).toBeLessThan(1.05 * mean(memory.slice(quarter, quarter + tenth)));
  // Connections of the moment come and go; what leaks raises the least of several counts.
  const least = (values: readonly number[]) => Math.min(...values);
  expect(least(files.slice(-tenth))).toBeLessThanOrEqual(2 + least(files.slice(quarter, quarter + tenth)));
});
