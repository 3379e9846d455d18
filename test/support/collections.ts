import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CollectionModel, NewWindow, WindowBlock } from "../../src/collection/index.ts";

export const MODEL: CollectionModel = {
  id: "yamnet",
  dimensions: 24,
  variant: "fp32",
  weights: "seeded",
  sha256: "0123",
  rate: 16_000,
  window: { seconds: 0.96, hop: 0.48 },
  choices: { pcen: "clip" },
};

/** Numbers from 0 to 1, the same in every run (mulberry32, public domain). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Windows of a recording, half a window apart, with numbers of their own. */
export function newWindows(count: number, seed = 1, utc?: number, dimensions = MODEL.dimensions): NewWindow[] {
  const next = random(seed);
  return Array.from({ length: count }, (_, at) => ({
    start: at * 0.48,
    end: at * 0.48 + 0.96,
    ...(utc === undefined ? {} : { utc: utc + at * 480 }),
    rms: next(),
    vector: Float32Array.from({ length: dimensions }, () => next() * 4 - 1),
  }));
}

export const newFolder = () => mkdtempSync(join(tmpdir(), "orca-collection-"));

/** All blocks as one. */
export async function together(
  blocks: AsyncIterable<WindowBlock>,
): Promise<Record<"ids" | "starts" | "ends" | "utcs" | "rms" | "vectors" | "recordings", number[]>> {
  const all = { ids: [], starts: [], ends: [], utcs: [], rms: [], vectors: [], recordings: [] } as Record<
    string,
    number[]
  >;
  for await (const block of blocks)
    for (const name of Object.keys(all))
      for (const value of block[name as keyof WindowBlock] as Float64Array) all[name]?.push(value);
  return all as Awaited<ReturnType<typeof together>>;
}

/** What comes, in a list. */
export async function listOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
