import type { NetShape } from "../../src/engines/index.ts";

/** What is compared, and the window's and outputs' sizes. */
export const NETS: Readonly<Record<string, NetShape>> = {
  yamnet: { window: [96, 64], embedding: 1024, scores: 521 },
  humpback: { window: [128, 64], embedding: 2048, scores: 1 },
  vggish: { window: [96, 64], embedding: 128, scores: 0 },
};

/** The engines, by the name of the file that they read. */
export const ENGINES = ["ort", "fp32", "int8"] as const;
export type EngineName = (typeof ENGINES)[number];

/** Numbers in the range of log-mel and PCEN values. */
export function windows(count: number, { window }: NetShape): Float32Array[] {
  const size = window[0] * window[1];
  return Array.from({ length: count }, () =>
    Float32Array.from({ length: size }, (_, i) => Math.abs(Math.sin(i * 0.7)) * 2),
  );
}
