import { nodeRuntime } from "../src/runtime.node.ts";
import { decodeFile } from "./decoding.ts";
import { runStage, type Stage } from "./stages.ts";
import { CODED, codedFile } from "./support/decoding-peers.ts";
import { fftPeers } from "./support/fft-peers.ts";
import { medianOf, type Row, table } from "./support/measure.ts";
import { libsamplerateJs, sox } from "./support/resampler-peers.ts";
import { startStageWorker } from "./support/stage-worker.ts";

/** Every stage before the nets on so many seconds of audio, in Node and in workerd, beside peers. */
export async function benchStages(seconds: number): Promise<void> {
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
    const logMel = await ours("log-mel");
    table("Log-mel, 16 kHz", "ms", [...logMel, ...(await fftPeers(512, seconds * 100))]);
    table("Mel and PCEN, 10 kHz", "ms", [
      ...(await ours("pcen")),
      ...(await fftPeers(1024, Math.round((seconds * 100) / 3))),
    ]);
    table("Mel in dB, 20 kHz, FFTs of 2560, windows of 4 s", "ms", [
      ...(await ours("mel-db")),
      ...(await fftPeers(2560, Math.ceil(seconds / 4) * 313)),
      ...logMel.map(({ name, time }) => ({ name: `log-mel of 16 kHz ${name}`, time })),
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
}
