import { type Layer, pixels } from "./layers.ts";

/** Windows that a program takes at once at most; more are run in turns. */
export const MAX_BATCH = 8;

/**
 * Rows (pixels of all windows together) that a matrix product should have: enough that its weights are used often each
 * time they come from memory, few enough that the maps stay in L2.
 */
const ROWS = 1024;

/** How many windows each layer takes at once: a power of two, never fewer than the layer before. */
export function chunksOf(layers: readonly Layer[]): number[] {
  let chunk = 1;
  return layers.map(({ output }) => {
    while (chunk < MAX_BATCH && 2 * chunk * pixels(output) <= ROWS) chunk *= 2;
    return chunk;
  });
}
