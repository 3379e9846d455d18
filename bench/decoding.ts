/** Decoding whole recordings, written once for Node and for workerd. */
import { DetectingDecoder, type ReadingModules } from "../src/audio/index.ts";
import { Kernels } from "../src/kernels/index.ts";

const SLICE = 1 << 16;

/** Decodes `file` so many times, each time from its beginning, and gives how many samples came out. */
export function decodeFile(file: Uint8Array, times: number, { kernels, codecs = {} }: ReadingModules): number {
  let out = 0;
  for (let time = 0; time < times; time++) {
    const decoder = new DetectingDecoder(new Kernels(kernels), codecs, { channel: "mean" });
    for (let at = 0; at < file.length; at += SLICE) {
      for (const run of decoder.push(file.subarray(at, at + SLICE))) out += run.length;
    }
    for (const run of decoder.flush()) out += run.length;
  }
  return out;
}
