/**
 * Memory of vector search: what is searched lies at the bottom and stays; what a search needs lies above a mark, and is given
 * back with it. It grows by what is needed, where the runtime's own heap would double it.
 */

let next: usize = (__heap_base + 15) & ~15;
/** Where memory begins that nothing has been written to. */
let fresh: usize = next;

/** Reserves bytes, aligned to 16, zeroed. */
export function alloc(bytes: usize): usize {
  const block = next;
  next = (block + bytes + 15) & ~15;
  const there = <usize>memory.size() << 16;
  if (next > there) {
    const pages = <i32>((next - there + 0xffff) >>> 16);
    if (memory.grow(pages) < 0) unreachable();
  }
  if (block < fresh) memory.fill(block, 0, min<usize>(bytes, fresh - block));
  fresh = max<usize>(fresh, next);
  return block;
}

/** Where the next block will lie. */
export function mark(): usize {
  return next;
}

/** Gives back all that was reserved since `at` was the mark. */
export function release(at: usize): void {
  next = at;
}
