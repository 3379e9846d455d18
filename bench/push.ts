import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { sendSound } from "../src/cli/push/sender.ts";
import { startPlainWorker } from "../src/cli/workerd/plain-worker.ts";
import { answers, freePort } from "../src/cli/workerd/process.ts";
import { catalogued } from "../src/models/catalogue.ts";
import { samplesTaken } from "../src/models/index.ts";
import type { LiveRecord } from "../src/records/index.ts";

const { description } = catalogued("yamnet");
const root = fileURLToPath(new URL("..", import.meta.url));
/** As a sound card gives it: Hz, ms of sound at a time. */
const [RATE, PERIOD] = [48_000, 10];
const [SECONDS, TOKEN] = [60, "token-of-the-bench"];
/** Seconds of sound that a window of YAMNet takes. */
const TAKEN = samplesTaken(description) / description.input.rate;
/** The first windows are not counted: code is not compiled yet. */
const WARM = 10;

interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

/** From the last sample of a window, sent as it is made, to its embedding at a listener: YAMNet, int8, over loopback. */
export async function benchPush(): Promise<void> {
  const cpu = cpus()[0]?.model ?? "an unknown CPU";
  console.log(
    `${cpu}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(2)}; ${SECONDS} s of ${RATE} Hz each, ${PERIOD} ms at a time`,
  );
  console.log(`  ${"".padEnd(28)}${["median", "95 %", "99 %", "worst"].map((name) => name.padStart(9)).join("")} ms`);
  for (const [name, start] of [
    ["Node", startWatch],
    ["workerd", startWorker],
  ] as const)
    for (const scheme of ["http", "ws"]) {
      const server = await start();
      try {
        const delays = (await delaysOf(server.url, scheme)).slice(WARM).sort((a, b) => a - b);
        const at = (share: number) =>
          (delays[Math.ceil(share * delays.length) - 1] ?? Number.NaN).toFixed(1).padStart(9);
        const label = `${name}, ${scheme === "ws" ? "WebSocket" : "POST"}`;
        console.log(`  ${label.padEnd(28)}${[0.5, 0.95, 0.99, 1].map(at).join("")} ms  ${delays.length} windows`);
      } finally {
        await server.stop();
      }
    }
  console.log(`  load ${loadavg()[0]?.toFixed(2)} afterwards`);
}

const watched = () => ({
  hydrophones: { dock: { push: { token: { env: "BENCH_PUSH_TOKEN" } }, variant: "int8", detect: "yamnet:0>0.99" } },
});

async function startWatch(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "orca-bench-push-"));
  writeFileSync(join(folder, "watch.json"), JSON.stringify(watched()));
  const port = await freePort();
  const args = [join(root, "src/cli/main.ts"), "watch", join(folder, "watch.json"), "--serve", String(port)];
  const env = { ...process.env, BENCH_PUSH_TOKEN: TOKEN };
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(`${url}/v1/watch`, () => child.exitCode === null);
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startWorker(): Promise<Server> {
  const state = mkdtempSync(join(tmpdir(), "orca-bench-push-"));
  process.env.BENCH_PUSH_TOKEN = TOKEN;
  const vars = { ENGINE: "kernels", LOG: "none", WATCHES: JSON.stringify(watched()) };
  const worker = await startPlainWorker(join(root, "dist/assets"), vars, state);
  return {
    url: worker.url,
    async stop() {
      await worker.stop();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

async function untilAnswers(url: string, alive: () => boolean): Promise<void> {
  while (!(await answers(url))) {
    if (!alive()) throw new Error("the watch ended");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Milliseconds of each window. */
async function delaysOf(url: string, scheme: string): Promise<number[]> {
  const listening = url.replace("http", "ws");
  const socket = new WebSocket(`${listening}/v1/hydrophones/dock/embeddings?model=yamnet&variant=int8&encoding=base64`);
  await once(socket, "open");
  /** When each period was sent. */
  const sent: number[] = [];
  const delays: number[] = [];
  socket.on("message", (data) => {
    const now = performance.now();
    const text = String(data);
    socket.send(JSON.stringify({ type: "taken", bytes: text.length }));
    const record = JSON.parse(text) as LiveRecord;
    if (record.type !== "window" || record.padded !== undefined) return;
    // A patch of 0.96 s takes a frame's length more (Google's yamnet, params.py).
    const last = Math.ceil((1000 * (record.start + TAKEN)) / PERIOD - 1e-6) - 1;
    const made = sent[last];
    if (made !== undefined) delays.push(now - made);
  });
  async function* samples() {
    const began = performance.now();
    const each = (RATE * PERIOD) / 1000;
    for (let count = 0; count < (SECONDS * 1000) / PERIOD; count++) {
      const wait = began + (count + 1) * PERIOD - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      const part = Int16Array.from({ length: each }, () => 8000 * (Math.random() - 0.5));
      sent.push(performance.now());
      yield new Uint8Array(part.buffer);
    }
  }
  const target = {
    url: `${url.replace("http", scheme)}/v1/hydrophones/dock/sound`,
    token: TOKEN,
    say: () => undefined,
  };
  await sendSound({ rate: RATE, channels: 1, samples: samples() }, target);
  socket.close();
  return delays;
}
