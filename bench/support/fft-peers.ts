import createPffft from "@echogarden/pffft-wasm/simd";
import FFT from "fft.js";
import { noiseBlock } from "../stages.ts";
import { medianOf, type Row } from "./measure.ts";

/** What other FFTs take for the transforms alone, float32 or float64, without window, mel or logarithm; fft.js knows powers of two. */
export async function fftPeers(size: number, frames: number): Promise<Row[]> {
  const input = noiseBlock(size);
  const rows: Row[] = [];
  const time = (run: () => void) =>
    medianOf(3, () => {
      for (let frame = 0; frame < frames; frame++) run();
    });
  if (Number.isInteger(Math.log2(size))) {
    const fft = new FFT(size);
    const spectrum = fft.createComplexArray();
    rows.push({
      name: `fft.js, ${size}-point FFTs alone`,
      time: await time(() => fft.realTransform(spectrum, input)),
      note: "float64",
    });
  }
  const pffft = await createPffft();
  const setup = pffft._pffft_new_setup(size, 0);
  const [from, to] = [pffft._pffft_aligned_malloc(4 * size), pffft._pffft_aligned_malloc(4 * size)];
  pffft.HEAPF32.set(input, from >> 2);
  const forward = await time(() => pffft._pffft_transform_ordered(setup, from, to, 0, 0));
  rows.push({ name: `pffft-wasm SIMD, ${size}-point FFTs alone`, time: forward, note: "float32" });
  return rows;
}
