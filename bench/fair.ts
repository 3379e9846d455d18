import { rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { layOutAssets } from "../src/cli/workerd/assets.ts";
import { startPlainWorker } from "../src/cli/workerd/plain-worker.ts";
import { MODELS_FOLDER } from "../src/runtime.node.ts";
import { orcaScene, SCENE_RATE, wav16 } from "../src/sample/index.ts";
import { silentFlac } from "../test/support/silent-flac.ts";
import { medianOf } from "./support/measure.ts";
import { threadTimes } from "./support/thread-times.ts";

/** Streams beside the short recording, and times that it is sent. */
const BESIDE = 4;
const TIMES = 9;
/** What is promised: times as long as alone, and milliseconds for /healthz. */
const [MOST_TIMES_LONGER, MOST_HEALTH] = [10, 250];

const CLIP = wav16(orcaScene(5), SCENE_RATE);

/** Noise as a WAV file, until `signal` aborts: fetch goes on asking an aborted body. */
async function* endlessWav(rate: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const second = wav16(
    Float32Array.from({ length: rate }, () => 0.2 * (Math.random() - 0.5)),
    rate,
  );
  const header = second.slice(0, 44);
  new DataView(header.buffer).setUint32(40, 0xffff_ffff, true);
  yield header;
  while (!signal.aborted) {
    yield second.subarray(44);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** What a short recording waits for beside long streams, and hostile ones, in one process. */
export async function benchFair(): Promise<void> {
  const silence = silentFlac(3600);
  const wav = (signal: AbortSignal) => endlessWav(48_000, signal);
  const ultrasonic = (signal: AbortSignal) => endlessWav(767_999, signal);
  const flac = () => once(silence);
  const besides: Readonly<
    Record<string, readonly (readonly [model: string, body: (signal: AbortSignal) => AsyncGenerator<Uint8Array>])[]>
  > = {
    "an endless WAV, YAMNet": Array(BESIDE).fill(["yamnet", wav]),
    "an hour of FLAC silence, YAMNet": Array(BESIDE).fill(["yamnet", flac]),
    "an hour of FLAC silence, Humpback": Array(BESIDE).fill(["humpback", flac]),
    "an endless WAV, VGGish": Array(BESIDE).fill(["vggish", wav]),
    "WAV at 767,999 Hz, YAMNet": Array(BESIDE).fill(["yamnet", ultrasonic]),
    "one of each": [
      ["yamnet", wav],
      ["humpback", flac],
      ["vggish", wav],
      ["yamnet", ultrasonic],
    ],
  };
  const assets = join(tmpdir(), `orca-bench-assets-${process.pid}`);
  await layOutAssets(MODELS_FOLDER, assets);
  const worker = await startPlainWorker(assets, { ENGINE: "kernels" });
  const post = async (model: string, body: BodyInit | AsyncGenerator<Uint8Array>, signal?: AbortSignal) => {
    const url = `${worker.url}/v1/embeddings?model=${model}&encoding=base64`;
    const response = await fetch(url, { method: "POST", body, duplex: "half", signal } as RequestInit);
    for await (const _ of response.body ?? []);
  };
  const clip = () => post("yamnet", CLIP);
  try {
    for (const model of ["yamnet", "humpback", "vggish"]) await post(model, CLIP);
    const alone = await medianOf(TIMES, clip);
    console.log(
      `\n5 s of 48 kHz WAV, YAMNet, alone in one workerd: ${alone.toFixed(0)} ms (${cpus()[0]?.model ?? "?"})`,
    );
    console.log(
      `  beside ${BESIDE} of each${" ".repeat(24)}median ms   times   slowest   /healthz slowest ms   most computed   without a CPU`,
    );
    for (const [name, streams] of Object.entries(besides)) {
      const leaving = new AbortController();
      const running = streams.map(([model, body]) =>
        post(model, body(leaving.signal), leaving.signal).catch(() => undefined),
      );
      await new Promise((resolve) => setTimeout(resolve, 1500));
      let done = false;
      let worst = 0;
      // Of one /healthz: what the process computed meanwhile, and what it waited for other processes of this machine.
      let [computed, waited] = [0, 0];
      const asking = (async () => {
        while (!done) {
          const before = await threadTimes(worker.pid);
          const began = performance.now();
          await (await fetch(`${worker.url}/healthz`)).arrayBuffer();
          worst = Math.max(worst, performance.now() - began);
          const after = await threadTimes(worker.pid);
          computed = Math.max(computed, after.computed - before.computed);
          waited = Math.max(waited, after.waited - before.waited);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      })();
      let slowest = 0;
      const median = await medianOf(TIMES, async () => {
        const began = performance.now();
        await clip();
        slowest = Math.max(slowest, performance.now() - began);
      });
      done = true;
      await asking;
      leaving.abort();
      await Promise.all(running);
      // Where others have the CPUs, what the process itself computed between question and answer tells.
      const late =
        worst <= MOST_HEALTH ? "" : computed <= MOST_HEALTH ? "  late by a busy machine" : "  more than promised";
      const verdict = median <= MOST_TIMES_LONGER * alone ? late : "  more than promised";
      console.log(
        `  ${name.padEnd(38)}${median.toFixed(0).padStart(8)}${(median / alone).toFixed(1).padStart(8)}` +
          `${slowest.toFixed(0).padStart(10)}${worst.toFixed(0).padStart(12)}` +
          `${computed.toFixed(0).padStart(24)}${waited.toFixed(0).padStart(16)}${verdict}`,
      );
      // What they left is to end within a second.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const { streams: after } = (await (await fetch(`${worker.url}/healthz`)).json()) as {
        streams: { active: number };
      };
      if (after.active > 0) console.log(`    ${after.active} stream(s) still run a second after their clients left`);
    }
  } finally {
    await worker.stop();
    await rm(assets, { recursive: true, force: true });
  }
}
