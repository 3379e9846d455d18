/** The stages by themselves: a recording of any format to the logarithm of 64 mel bands, ten frames a second: node stages.ts call.wav */
import { createReadStream } from "node:fs";
import { DetectingDecoder, Kernels, makeFrontEnd, nodeRuntime, Resampler } from "orca-embeddings";

const RATE = 16_000;
/** A frame is a window of 2048 samples every 1600. */
const HOP = 1600;
const WINDOW = 2048;

const { kernels: module, codecs = {} } = await nodeRuntime();
const kernels = new Kernels(module);
const decoder = new DetectingDecoder(kernels, codecs, { channel: "mean" });
const frontEnd = makeFrontEnd(
  kernels,
  {
    kind: "log-mel",
    rate: RATE,
    windowLength: WINDOW,
    hop: HOP,
    fftLength: WINDOW,
    bands: 64,
    lowest: 50,
    highest: 8000,
    offset: 1e-6,
  },
  { samples: WINDOW },
);
let resampler: Resampler | undefined;
let frames = 0;

function* resampled(samples: Float32Array): Generator<Float32Array> {
  const rate = decoder.info?.rate ?? RATE;
  // A resampler makes room for itself in the kernels' memory, which moves: what lies there is copied before.
  if (resampler === undefined && rate !== RATE) {
    const copy = samples.slice();
    resampler = new Resampler(kernels, rate, RATE);
    yield* resampler.push(copy);
  } else if (resampler === undefined) yield samples;
  else yield* resampler.push(samples);
}

function see(samples: Float32Array): void {
  if (frontEnd.mode !== "streamed") throw new Error("These frames do not depend on where a window begins.");
  for (const run of frontEnd.push(samples)) {
    for (let at = 0; at < run.length; at += frontEnd.shape.bands) {
      const loudest = Math.max(...run.subarray(at, at + frontEnd.shape.bands));
      console.log(((frames++ * HOP) / RATE).toFixed(1), `${loudest.toFixed(1)} ${frontEnd.shape.unit}`);
    }
  }
}

for await (const bytes of createReadStream(process.argv[2] ?? "call.wav")) {
  for (const samples of decoder.push(bytes)) for (const part of resampled(samples)) see(part);
}
for (const samples of decoder.flush()) for (const part of resampled(samples)) see(part);
for (const part of resampler?.flush() ?? []) see(part);
