/** One of several runs that share the recordings between them: `index` of `count`, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * The recordings that are a shard's. Every shard that is given the same recordings finds the same division: the largest
 * first, each to the shard that has the fewest bytes so far. So no shard has more than an even share and one recording.
 */
export function shardOf<R extends { readonly name: string; readonly bytes: number }>(
  recordings: readonly R[],
  { index, count }: Shard,
): R[] {
  // A file costs something even where it is empty.
  const cost = ({ bytes }: R) => bytes + 4096;
  const ordered = [...recordings].sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
  const load = new Float64Array(count);
  const own = new Set<R>();
  for (const recording of ordered) {
    let least = 0;
    for (let shard = 1; shard < count; shard++) if ((load[shard] as number) < (load[least] as number)) least = shard;
    load[least] = (load[least] as number) + cost(recording);
    if (least === index - 1) own.add(recording);
  }
  return recordings.filter((recording) => own.has(recording));
}
