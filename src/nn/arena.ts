import { ALIGNMENT, type PackedHeader } from "./packed-format.ts";

/** Where every buffer lies, for windows at most `capacity` at once. */
export interface Arena {
  /** Bytes from the arena's start. */
  readonly offsets: readonly number[];
  /** Windows that a buffer holds: a step that starts at window `w` uses the place `w % windows`. */
  readonly windows: readonly number[];
  readonly bytes: number;
}

interface Block {
  readonly size: number;
  readonly first: number;
  readonly last: number;
}

/** Buffers whose lives do not overlap share memory: the largest are placed first, each as low as it fits. */
export function layOut(header: PackedHeader, capacity: number): Arena {
  const { buffers } = header;
  const lives = livesOf(header);
  const chunks = header.levels.map(({ chunk }) => Math.min(chunk, capacity));
  const windows = lives.map(({ level }) => chunks[level] ?? capacity);
  const blocks: Block[] = buffers.map(({ window, fixed }, at) => {
    const size = Math.ceil((window * (windows[at] as number) + fixed) / ALIGNMENT) * ALIGNMENT;
    const { first, last } = lives[at] as Life;
    return { size, first, last };
  });
  const offsets = new Array<number>(buffers.length).fill(0);
  const placed: number[] = [];
  const order = blocks.map((_, at) => at).sort((a, b) => (blocks[b] as Block).size - (blocks[a] as Block).size);
  for (const at of order) {
    const block = blocks[at] as Block;
    const rivals = placed
      .filter((other) => overlap(blocks[other] as Block, block))
      .sort((a, b) => (offsets[a] as number) - (offsets[b] as number));
    let offset = 0;
    for (const other of rivals) {
      if ((offsets[other] as number) >= offset + block.size) break;
      offset = Math.max(offset, (offsets[other] as number) + (blocks[other] as Block).size);
    }
    offsets[at] = offset;
    placed.push(at);
  }
  const bytes = Math.max(0, ...blocks.map(({ size }, at) => (offsets[at] as number) + size));
  return { offsets, windows, bytes };
}

interface Life {
  /** Steps, inclusive. */
  first: number;
  last: number;
  /** The innermost level that touches the buffer. */
  inner: number;
  /** The outermost one: the buffer holds that level's windows. */
  level: number;
}

function livesOf({ buffers, steps, levels, input, outputs }: PackedHeader): Life[] {
  const lives: Life[] = buffers.map(() => ({ first: steps.length, last: -1, inner: levels.length, level: -1 }));
  const touch = (buffer: number, step: number, level: number) => {
    const life = lives[buffer] as Life;
    life.first = Math.min(life.first, step);
    life.last = Math.max(life.last, step);
    life.inner = Math.min(life.inner, level);
    life.level = Math.max(life.level, level);
  };
  let step = 0;
  for (const [level, { end }] of levels.entries()) {
    for (; step < end; step++) {
      for (const value of Object.values(steps[step]?.call ?? {})) {
        if (typeof value !== "number" && "buffer" in value) touch(value.buffer, step, level);
      }
    }
  }
  const outermost = levels.length - 1;
  touch(input, 0, outermost);
  for (const { buffer } of outputs) touch(buffer, steps.length, outermost);
  // What inner levels write for an outer one, or read from it, must outlive all of their turns.
  for (const life of lives) {
    if (life.inner >= life.level) continue;
    life.first = 0;
    life.last = Math.max(life.last, (levels[life.level - 1]?.end ?? 0) - 1);
  }
  return lives;
}

function overlap(a: Block, b: Block): boolean {
  return a.size > 0 && b.size > 0 && a.first <= b.last && b.first <= a.last;
}
