/** The best of many scores, kept in a heap whose root is the worst of them. Of equal scores the smaller id is the better. */

import { alloc } from "./arena";

@unmanaged
class Top {
  capacity: u32;
  size: u32;
  /** [capacity] of Entry. */
  entries: usize;
}

@unmanaged
class Entry {
  score: f32;
  id: u32;
}

/** Room for the `capacity` best. */
export function top(capacity: u32): usize {
  const heap = changetype<Top>(alloc(offsetof<Top>()));
  heap.capacity = capacity;
  heap.entries = alloc(capacity * offsetof<Entry>());
  return changetype<usize>(heap);
}

// @ts-ignore: decorator
@inline
function entry(heap: Top, at: u32): Entry {
  return changetype<Entry>(heap.entries + at * offsetof<Entry>());
}

// @ts-ignore: decorator
@inline
function worse(score: f32, id: u32, than: Entry): bool {
  return score < than.score || (score == than.score && id > than.id);
}

function sink(heap: Top, at: u32, size: u32, score: f32, id: u32): void {
  for (;;) {
    let child: u32 = (at << 1) + 1;
    if (child >= size) break;
    const left = entry(heap, child);
    if (child + 1 < size) {
      const right = entry(heap, child + 1);
      if (worse(right.score, right.id, left)) child++;
    }
    const worst = entry(heap, child);
    if (worse(score, id, worst)) break;
    const here = entry(heap, at);
    here.score = worst.score;
    here.id = worst.id;
    at = child;
  }
  const here = entry(heap, at);
  here.score = score;
  here.id = id;
}

function rise(heap: Top, score: f32, id: u32): void {
  let at = heap.size++;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = entry(heap, above);
    if (!worse(score, id, parent)) break;
    const here = entry(heap, at);
    here.score = parent.score;
    here.id = parent.id;
    at = above;
  }
  const here = entry(heap, at);
  here.score = score;
  here.id = id;
}

/** Takes `count` scores of float32, those that are no numbers left out, with their ids of u32. */
export function topInto(top: usize, scores: usize, ids: usize, count: usize): void {
  const heap = changetype<Top>(top);
  if (heap.capacity == 0) return;
  let at: usize = 0;
  for (; at < count && heap.size < heap.capacity; at++) {
    const score = load<f32>(scores + 4 * at);
    if (score == score) rise(heap, score, load<u32>(ids + 4 * at));
  }
  const root = entry(heap, 0);
  let bound = f32x4.splat(root.score);
  for (; at + 4 <= count; at += 4) {
    // Most rows are none of the best: four are passed over at once. NaN compares false.
    if (!v128.any_true(f32x4.ge(v128.load(scores + 4 * at), bound))) continue;
    for (let lane: usize = at; lane < at + 4; lane++) {
      const score = load<f32>(scores + 4 * lane);
      const id = load<u32>(ids + 4 * lane);
      if (score > root.score || (score == root.score && id < root.id)) sink(heap, 0, heap.size, score, id);
    }
    bound = f32x4.splat(root.score);
  }
  for (; at < count; at++) {
    const score = load<f32>(scores + 4 * at);
    const id = load<u32>(ids + 4 * at);
    if (score > root.score || (score == root.score && id < root.id)) sink(heap, 0, heap.size, score, id);
  }
}

/** Sorts the heap, the best first, and empties it. Returns where its entries lie: [size] of float32 score and u32 id. */
export function sortTop(top: usize): usize {
  const heap = changetype<Top>(top);
  for (let last = heap.size; last > 1; ) {
    last--;
    const moved = entry(heap, last);
    const score = moved.score;
    const id = moved.id;
    const root = entry(heap, 0);
    moved.score = root.score;
    moved.id = root.id;
    sink(heap, 0, last, score, id);
  }
  heap.size = 0;
  return heap.entries;
}

/**
 * Of the scores of several examples, each row's best: scores of float32, [examples, count], become their maximum in the
 * first row. Rows that are more alike to one of the last `negatives` examples become NaN, and so none of the best.
 */
export function bestOf(scores: usize, examples: u32, negatives: u32, count: usize): void {
  const positives = examples - negatives;
  for (let at: usize = 0; at < count; at++) {
    let best = load<f32>(scores + 4 * at);
    for (let example: usize = 1; example < positives; example++)
      best = max<f32>(best, load<f32>(scores + 4 * (example * count + at)));
    for (let example: usize = positives; example < examples; example++)
      if (load<f32>(scores + 4 * (example * count + at)) > best) best = NaN;
    store<f32>(scores + 4 * at, best);
  }
}
