import type { Collection } from "./types.ts";

/** Ids of all windows, ascending: 8 MB a million. */
export async function idsOf(collection: Collection): Promise<Float64Array> {
  const ids = new Float64Array((await collection.counts()).windows);
  let count = 0;
  for await (const block of collection.blocks({ vectors: false, size: 1 << 14 })) {
    const room = Math.min(block.count, ids.length - count);
    ids.set(block.ids.subarray(0, room), count);
    count += room;
    if (count === ids.length) break;
  }
  return ids.subarray(0, count);
}
