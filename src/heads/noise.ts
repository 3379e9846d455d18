import { OrcaError } from "../errors.ts";
import type { NoiseCentre } from "./head.ts";

/**
 * A noise of a site, by windows of it that were marked: what lies in a cone about their middle. Two angles bound the cone,
 * and the smaller is taken:
 *
 * - **How wide the noise is**: the largest angle between a marked window and the middle of the others, that is, how far off
 *   a window of it lies that was not looked at. One window alone says nothing of that; there the angle to the most alike of
 *   the windows that overlap it stands for it, which hear a part of the same sound.
 * - **Half way to the calls**: between the farthest marked window and the nearest labelled positive. So the more of a noise is
 *   marked the wider the cone may be, and no call that is known ever lies in it.
 *
 * @param marked  windows that are the noise, [marked, dims]
 * @param beside  windows that overlap them in time, [beside, dims]: what is asked where one window alone is marked
 * @param positives  windows that are calls, [positives, dims]
 * Throws `bad_option` where a call is as near as the marked windows are, and where nothing says how wide the noise is.
 */
export function noiseOf(
  name: string,
  { marked, beside, positives }: Readonly<Record<"marked" | "beside" | "positives", Float32Array>>,
  dims: number,
  site?: string,
): NoiseCentre {
  const units = rowsOf(marked, dims).map(unitOf);
  const middle = unitOf(sumOf(units));
  const angles = (rows: readonly Float32Array[]) => rows.map((row) => angle(unitOf(row), middle));
  const inner = Math.max(...angles(units));
  const call = Math.min(Math.PI, ...angles(rowsOf(positives, dims)));
  const wrong = (what: string, hint: string) =>
    new OrcaError("bad_option", `${name} ${what}.`, { field: "like", hint });
  if (call <= inner + 1e-6) {
    throw wrong(
      "cannot be told from a labelled call: one is as near to it as its own windows are",
      "Mark fewer or other windows, or label these as negatives and train again.",
    );
  }
  const wide =
    units.length > 1
      ? Math.max(...units.map((unit, at) => angle(unit, unitOf(sumOf(units.filter((_, other) => other !== at))))))
      : Math.min(...angles(rowsOf(beside, dims)));
  if (wide === Number.POSITIVE_INFINITY) {
    throw wrong(
      "is one window without a neighbour, which does not say how wide the noise is",
      "Mark it a second time, with a comma: --like a.wav@12.5,b.wav@3",
    );
  }
  // The marked windows themselves are always inside.
  const radius = Math.max(inner, Math.min(wide, (inner + call) / 2));
  return { name, ...(site === undefined ? {} : { site }), centre: middle, nearest: Math.cos(radius) - ROUNDING };
}

/** Of a cosine in float32. */
const ROUNDING = 1e-6;

const rowsOf = (x: Float32Array, dims: number) =>
  Array.from({ length: x.length / dims }, (_, row) => x.subarray(row * dims, (row + 1) * dims));

function sumOf(rows: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(rows[0]?.length ?? 0);
  for (const row of rows) for (let d = 0; d < sum.length; d++) sum[d] = (sum[d] as number) + (row[d] as number);
  return sum;
}

function unitOf(x: Float32Array): Float32Array<ArrayBuffer> {
  let squares = 0;
  for (const value of x) squares += value * value;
  const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
  return Float32Array.from(x, (value) => value * scale);
}

/** Between two of length 1, in radians. */
function angle(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += (a[d] as number) * (b[d] as number);
  return Math.acos(Math.min(1, Math.max(-1, sum)));
}
