import { joinBytes } from "../../../../src/join.ts";
import { type Coding, flacFrame, flacHeader } from "./flac-writer.ts";

/** Integers of `bits` bits that wander about, so that prediction is of use, with both ends of the scale among them. */
export function wander(count: number, bits: number, seed: number): number[] {
  let state = seed * 7919 + 1;
  let value = 0;
  const top = 2 ** (bits - 1);
  return Array.from({ length: count }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    value = Math.max(-top, Math.min(top - 1, value + Math.floor((state / 2 ** 31) * (top / 8))));
    if (i === 20) return top - 1;
    if (i === 21) return -top;
    return value;
  });
}

export const CODINGS: readonly Coding[] = [
  { kind: "verbatim" },
  { kind: "fixed", order: 0 },
  { kind: "fixed", order: 1 },
  { kind: "fixed", order: 2 },
  { kind: "fixed", order: 3 },
  { kind: "fixed", order: 4 },
  { kind: "predicted", coefficients: [1500, -700, 100], shift: 10 },
  { kind: "predicted", coefficients: Array.from({ length: 32 }, (_, i) => (i === 0 ? 8000 : 40 - 3 * i)), shift: 13 },
];

/** A small file: `frames` frames of 192 samples, each coded in another way. */
export function smallFlac({ frames = 10, channels = 2, bits = 16, seed = 1, total = true } = {}): {
  file: Uint8Array<ArrayBuffer>;
  parts: Uint8Array<ArrayBuffer>[];
  samples: number[][];
} {
  const samples = Array.from({ length: channels }, (_, channel) => wander(192 * frames, bits, seed + channel));
  const parts = Array.from({ length: frames }, (_, number) =>
    flacFrame({
      channels: samples.map((values) => values.slice(192 * number, 192 * (number + 1))),
      bits,
      number,
      pairing:
        channels === 2 ? ((["none", "left-side", "side-right", "mid-side"] as const)[number % 4] ?? "none") : "none",
      coding: CODINGS[number % CODINGS.length] as Coding,
      partitions: number % 3,
    }),
  );
  const header = flacHeader({ largest: 192, channels, bits, ...(total ? { total: 192 * frames } : {}) });
  return { file: joinBytes([header, ...parts]), parts: [header, ...parts], samples };
}
