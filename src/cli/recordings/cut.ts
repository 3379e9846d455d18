import { lookBehindFile } from "../../audio/behind.node.ts";
import { DetectingDecoder } from "../../audio/index.ts";
import { joinFloats } from "../../join.ts";
import { Kernels } from "../../kernels/index.ts";
import type { Stretch } from "../../labels/index.ts";
import type { Runtime } from "../../runtime.node.ts";
import { fileBytes } from "../readable-file.ts";

/** A piece of a recording's sound. */
export interface Piece {
  readonly samples: Float32Array;
  /** Hz. */
  readonly rate: number;
}

/**
 * The samples of stretches of a recording, the mean of its channels at its own rate, in the order of the stretches. It is read
 * once, up to the last of them. Throws what its decoder says.
 */
export async function cut(file: string, stretches: readonly Stretch[], runtime: Runtime): Promise<Piece[]> {
  const options = { channel: "mean" as const, file, ...(await lookBehindFile(file)) };
  const decoder = new DetectingDecoder(new Kernels(runtime.kernels), runtime.codecs ?? {}, options);
  const last = Math.max(...stretches.map(({ end }) => end));
  const parts = stretches.map(() => [] as Float32Array[]);
  let heard = 0;
  const take = (samples: Float32Array) => {
    const rate = decoder.info?.rate ?? 1;
    for (const [at, { start, end }] of stretches.entries()) {
      const from = Math.max(0, Math.round(start * rate) - heard);
      const to = Math.min(samples.length, Math.round(end * rate) - heard);
      if (to > from) parts[at]?.push(samples.slice(from, to));
    }
    heard += samples.length;
    return heard > last * rate;
  };
  let enough = false;
  for await (const bytes of fileBytes(file)) {
    for (const samples of decoder.push(bytes)) enough ||= take(samples);
    if (enough) break;
  }
  if (!enough) for (const samples of decoder.flush()) take(samples);
  const rate = decoder.info?.rate ?? 1;
  return parts.map((pieces) => ({ samples: joinFloats(pieces), rate }));
}
