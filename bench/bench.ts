/**
 * npm run bench [SECONDS]: every stage in Node and in workerd, beside peers, in one run. Read the ratios: times differ
 * from machine to machine and from minute to minute.
 */
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAll } from "../scripts/support/build.ts";
import { layOutAssets } from "../src/cli/workerd/assets.ts";
import { startPlainWorker } from "../src/cli/workerd/plain-worker.ts";
import { extract } from "../src/extract.ts";
import { MODEL_NAMES, MODELS } from "../src/models/index.ts";
import { MODELS_FOLDER, nodeRuntime } from "../src/runtime.node.ts";
import { orcaScene, SCENE_RATE, wav16 } from "../src/sample/index.ts";
import { decodeFile } from "./decoding.ts";
import { runStage, type Stage } from "./stages.ts";
import { CODED, codedFile } from "./support/decoding-peers.ts";
import { fftPeers } from "./support/fft-peers.ts";
import { medianOf, type Row, table } from "./support/measure.ts";
import { onnxruntimeNode } from "./support/net-peers.ts";
import { libsamplerateJs, sox } from "./support/resampler-peers.ts";
import { startStageWorker } from "./support/stage-worker.ts";

const seconds = Number(process.argv[2] ?? 900);
await buildAll(() => undefined);
const runtime = await nodeRuntime();
console.log(`${seconds} s of audio a stage; the second figure is the ratio to each table's first row`);

const stages = await startStageWorker();
const ours = async (stage: Stage): Promise<Row[]> => [
  { name: "here, in workerd", time: await medianOf(3, () => stages.run(stage, seconds)) },
  { name: "here, in Node", time: await medianOf(3, () => runStage(stage, runtime.kernels, seconds)) },
];
try {
  table("PCM: 48 kHz stereo s16 to mono float32", "ms", await ours("pcm"));
  for (const [stage, from, to] of [
    ["resample-16k", 48000, 16000],
    ["resample-10k", 48000, 10000],
    ["resample-44k1", 44100, 16000],
  ] as const) {
    const peers = [await sox(from, to, seconds), await libsamplerateJs("SRC_SINC_FASTEST", from, to, seconds)];
    if (stage === "resample-16k") peers.push(await libsamplerateJs("SRC_SINC_BEST_QUALITY", from, to, seconds));
    table(`Resampling ${from} to ${to} Hz`, "ms", [...(await ours(stage)), ...peers]);
  }
  table("Log-mel, 16 kHz", "ms", [...(await ours("log-mel")), ...(await fftPeers(512, seconds * 100))]);
  table("Mel and PCEN, 10 kHz", "ms", [
    ...(await ours("pcen")),
    ...(await fftPeers(1024, Math.round((seconds * 100) / 3))),
  ]);
  // A minute of sound, again and again: a live segment or a short call would measure the start instead.
  const times = Math.max(1, Math.round(seconds / 60));
  for (const [name, options] of Object.entries(CODED)) {
    const coded = await codedFile(options, 60, times);
    if (coded === undefined) {
      console.log(`\n${name}: not measured, because ffmpeg cannot make the file.`);
      continue;
    }
    const { file, peer } = coded;
    const time = await medianOf(3, () => stages.decode(file, times));
    const rows = [
      { name: "here, in workerd", time },
      { name: "here, in Node", time: await medianOf(3, () => decodeFile(file, times, runtime)) },
      peer,
    ];
    table(`Decoding ${name}, 48 kHz stereo: ${((60_000 * times) / time).toFixed(0)} times real time`, "ms", rows);
  }
} finally {
  await stages.stop();
}

for (const name of MODEL_NAMES) {
  const { session } = await runtime.store.load(name, "fp32");
  const window = new Float32Array(MODELS[name].windowFrames * MODELS[name].frontEnd.bands).fill(0.3);
  for (const batch of [1, 8]) {
    const windows = Array.from({ length: batch }, () => window);
    const time = (await medianOf(3, () => session.run(windows))) / batch;
    const rows = [{ name: "onnxruntime-web, in Node", time }, await onnxruntimeNode(name, window, batch)];
    table(`${name}, batch of ${batch}: a window`, "ms", rows);
  }
}

const scene = wav16(orcaScene(60), SCENE_RATE);
const assets = join(tmpdir(), `orca-bench-assets-${process.pid}`);
await layOutAssets(MODELS_FOLDER, assets);
const worker = await startPlainWorker(assets);
try {
  for (const name of MODEL_NAMES) {
    const post = async () => {
      const response = await fetch(`${worker.url}/v1/embeddings?model=${name}`, { method: "POST", body: scene });
      return response.text();
    };
    const rows = [
      { name: "POST /v1/embeddings, in workerd", time: await medianOf(1, post) },
      { name: "extract(), in Node", time: await medianOf(1, () => extract(scene, name, runtime).result()) },
    ];
    table(`${name}, the whole way: 60 s of 48 kHz WAV`, "ms", rows);
  }
} finally {
  await worker.stop();
  await rm(assets, { recursive: true, force: true });
}
