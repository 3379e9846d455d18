import { closeSync, openSync, readSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { writingInto } from "../errors.ts";
import { fingerprintOf } from "../vectors/index.ts";
import type { Collection, WindowBlock } from "./types.ts";

/** Windows with their places and vectors, one after the other by their ids: arrays of one length. */
export interface PlacedBlock extends Pick<WindowBlock, "count" | "vectors"> {
  readonly ids: ArrayLike<number>;
  readonly recordings: ArrayLike<number>;
  readonly starts: ArrayLike<number>;
  readonly ends: ArrayLike<number>;
}

const MAGIC = "orca windows 1\n";
/** Bytes before the first block: the magic; at 16 the windows (float64); at 24 the numbers of a vector (u32). */
const HEADER_BYTES = 64;
/** Windows of a block. */
export const COPY_ROWS = 64;
/** Windows that are given at a time: so few stay in a core's second cache, beside the file's pages that they are copied from. */
const READ_ROWS = 16;
/** Of a block: the fingerprint of the rest, then ids and recordings (u32), starts and ends (float64); vectors lie behind. */
const DIGEST_BYTES = 16;
const FACTS_BYTES = DIGEST_BYTES + COPY_ROWS * (4 + 4 + 8 + 8);
/** Windows that are held against the database before a copy is used. */
const COMPARED = 16;

/** A block's facts in bytes, and views of them. */
class Facts {
  readonly bytes = new Uint8Array(FACTS_BYTES);
  readonly ids = new Uint32Array(this.bytes.buffer, DIGEST_BYTES, COPY_ROWS);
  readonly recordings = new Uint32Array(this.bytes.buffer, DIGEST_BYTES + 4 * COPY_ROWS, COPY_ROWS);
  readonly starts = new Float64Array(this.bytes.buffer, DIGEST_BYTES + 8 * COPY_ROWS, COPY_ROWS);
  readonly ends = new Float64Array(this.bytes.buffer, DIGEST_BYTES + 16 * COPY_ROWS, COPY_ROWS);

  seal(): void {
    this.bytes.set(new TextEncoder().encode(this.#digest()));
  }

  get isSound(): boolean {
    return new TextDecoder().decode(this.bytes.subarray(0, DIGEST_BYTES)) === this.#digest();
  }

  #digest(): string {
    return fingerprintOf([this.bytes.subarray(DIGEST_BYTES)]);
  }
}

/**
 * A copy of a collection's windows in a file of their own, vectors one behind the other as float32: what reads all of them
 * from one end to the other reads it at the speed of memory, several times as fast as SQLite gives rows. Ids are never given
 * twice and a window never changes, so a copy is right where it holds as many windows as the database, and the same last one.
 */
export class WindowCopy {
  readonly count: number;
  readonly #file: number;
  readonly #dimensions: number;

  private constructor(file: number, count: number, dimensions: number) {
    this.#file = file;
    this.count = count;
    this.#dimensions = dimensions;
  }

  /** Undefined where there is none, or none of use. */
  static open(path: string, dimensions: number): WindowCopy | undefined {
    let file: number;
    try {
      file = openSync(path, "r");
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw thrown;
    }
    const header = new Uint8Array(HEADER_BYTES);
    const whole = readAt(file, header, 0);
    const view = new DataView(header.buffer);
    const count = view.getFloat64(16, true);
    const known = whole && new TextDecoder().decode(header.subarray(0, MAGIC.length)) === MAGIC;
    if (known && view.getUint32(24, true) === dimensions && count > 0) return new WindowCopy(file, count, dimensions);
    closeSync(file);
    return undefined;
  }

  /**
   * All windows, or those of some recordings.
   * @param room  where `count` vectors may be put: it is asked again for each block, whose vectors are good until the next
   * Throws DamagedCopy.
   */
  *blocks(
    room: (count: number) => Float32Array<ArrayBuffer>,
    recordings?: ReadonlySet<number>,
  ): Generator<PlacedBlock> {
    const facts = new Facts();
    for (let first = 0; first < this.count; first += READ_ROWS) {
      const [block, from] = [Math.floor(first / COPY_ROWS), first % COPY_ROWS];
      if (from === 0) this.#readFacts(block, facts);
      const rows = Math.min(READ_ROWS, this.count - first);
      const part = <T extends { subarray(from: number, to: number): T }>(list: T) => list.subarray(from, from + rows);
      const own = part(facts.recordings);
      const kept: number[] = [];
      if (recordings !== undefined) {
        for (let row = 0; row < rows; row++) if (recordings.has(own[row] as number)) kept.push(row);
        if (kept.length === 0) continue;
      }
      const vectors = room(rows);
      this.#readVectors(block, from, vectors);
      const places = { ids: part(facts.ids), starts: part(facts.starts), ends: part(facts.ends) };
      if (recordings === undefined || kept.length === rows) {
        yield { count: rows, recordings: own, ...places, vectors };
        continue;
      }
      for (const [to, row] of kept.entries())
        vectors.copyWithin(to * this.#dimensions, row * this.#dimensions, (row + 1) * this.#dimensions);
      const some = (list: ArrayLike<number>) => kept.map((row) => list[row] as number);
      yield {
        count: kept.length,
        ids: some(places.ids),
        recordings: some(own),
        starts: some(places.starts),
        ends: some(places.ends),
        vectors: vectors.subarray(0, kept.length * this.#dimensions),
      };
    }
  }

  /** The last block: what stands there of it is taken over where windows are added. */
  lastBlock(): {
    readonly block: number;
    readonly rows: number;
    readonly facts: Facts;
    readonly vectors: Float32Array;
  } {
    const block = Math.floor((this.count - 1) / COPY_ROWS);
    const facts = new Facts();
    this.#readFacts(block, facts);
    const vectors = new Float32Array(COPY_ROWS * this.#dimensions);
    this.#readVectors(block, 0, vectors);
    return { block, rows: this.count - block * COPY_ROWS, facts, vectors };
  }

  /** Whether it is of this collection's windows: as many, and some that are looked at the same. */
  async isOf(collection: Collection): Promise<boolean> {
    return (await collection.counts()).windows === this.count && (await this.#agrees(collection));
  }

  /** Whether windows that lie evenly in it are the collection's. */
  async #agrees(collection: Collection): Promise<boolean> {
    const facts = new Facts();
    const vectors = new Float32Array(COPY_ROWS * this.#dimensions);
    try {
      for (let one = 0; one < COMPARED; one++) {
        const at = Math.floor((one * (this.count - 1)) / (COMPARED - 1));
        const [block, row] = [Math.floor(at / COPY_ROWS), at % COPY_ROWS];
        this.#readFacts(block, facts);
        this.#readVectors(block, 0, vectors);
        const found = await collection.windows([facts.ids[row] as number]);
        const own = vectors.subarray(row * this.#dimensions, (row + 1) * this.#dimensions);
        const same =
          found.recordings[0] === facts.recordings[row] &&
          found.starts[0] === facts.starts[row] &&
          found.vectors.every((value, d) => value === own[d]);
        if (!same) return false;
      }
      return true;
    } catch (thrown) {
      if (thrown instanceof DamagedCopy) return false;
      throw thrown;
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #readFacts(block: number, facts: Facts): void {
    if (!readAt(this.#file, facts.bytes, blockAt(block, this.#dimensions)) || !facts.isSound) throw new DamagedCopy();
  }

  /** @param row  of the block, the first that is wanted */
  #readVectors(block: number, row: number, into: Float32Array): void {
    const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
    const at = blockAt(block, this.#dimensions) + FACTS_BYTES + row * this.#dimensions * 4;
    if (!readAt(this.#file, bytes, at)) throw new DamagedCopy();
  }
}

/** A copy that cannot be read: the database has all of it. */
export class DamagedCopy extends Error {}

/** Bytes that a copy of so many windows takes. */
export const copyBytes = (windows: number, dimensions: number) => blockAt(Math.ceil(windows / COPY_ROWS), dimensions);

const blockAt = (block: number, dimensions: number) =>
  HEADER_BYTES + block * (FACTS_BYTES + COPY_ROWS * dimensions * 4);

/**
 * Brings a copy up to its collection: adds what has come, and makes it anew where windows are gone. The header, which counts
 * the windows, is written last. Throws `unwritable`.
 */
export async function completeWindowCopy(path: string, collection: Collection): Promise<void> {
  const { dimensions } = collection.model;
  const { windows } = await collection.counts();
  const old = WindowCopy.open(path, dimensions);
  try {
    if (old !== undefined && (await old.isOf(collection))) return;
    if (old !== undefined && old.count < windows && (await added(path, old, collection))) return;
  } finally {
    old?.close();
  }
  const draft = `${path}.${process.pid}.part`;
  try {
    await writingInto(dirname(path), async () => {
      const file = await open(draft, "w");
      try {
        await write(
          file,
          collection,
          { block: 0, rows: 0, facts: new Facts(), vectors: new Float32Array(COPY_ROWS * dimensions) },
          0,
        );
      } finally {
        await file.close();
      }
      await rename(draft, path);
    });
  } catch (thrown) {
    await rm(draft, { force: true });
    throw thrown;
  }
}

/** Adds the windows that came later; false where the copy is not of this collection's earlier ones. */
async function added(path: string, old: WindowCopy, collection: Collection): Promise<boolean> {
  let last: ReturnType<WindowCopy["lastBlock"]>;
  try {
    last = old.lastBlock();
  } catch (thrown) {
    if (thrown instanceof DamagedCopy) return false;
    throw thrown;
  }
  await writingInto(dirname(path), async () => {
    const file = await open(path, "r+");
    try {
      await write(file, collection, last, last.facts.ids[last.rows - 1] as number);
    } finally {
      await file.close();
    }
  });
  const now = WindowCopy.open(path, collection.model.dimensions);
  try {
    return (await now?.isOf(collection)) === true;
  } finally {
    now?.close();
  }
}

/** Writes windows behind `after` into blocks, from one that is begun. */
async function write(
  file: FileHandle,
  collection: Collection,
  begun: { readonly block: number; readonly rows: number; readonly facts: Facts; readonly vectors: Float32Array },
  after: number,
): Promise<void> {
  const { dimensions } = collection.model;
  const { facts, vectors } = begun;
  let { block, rows } = begun;
  const put = async () => {
    facts.seal();
    const at = blockAt(block, dimensions);
    await file.write(facts.bytes, 0, FACTS_BYTES, at);
    await file.write(new Uint8Array(vectors.buffer), 0, vectors.byteLength, at + FACTS_BYTES);
  };
  for await (const next of collection.blocks({ after })) {
    for (let from = 0; from < next.count; ) {
      if (rows === COPY_ROWS) {
        await put();
        block++;
        rows = 0;
        facts.bytes.fill(0);
      }
      const take = Math.min(COPY_ROWS - rows, next.count - from);
      for (const name of ["ids", "recordings", "starts", "ends"] as const)
        facts[name].set(next[name].subarray(from, from + take), rows);
      vectors.set(next.vectors.subarray(from * dimensions, (from + take) * dimensions), rows * dimensions);
      rows += take;
      from += take;
    }
  }
  await put();
  await file.datasync();
  const header = new Uint8Array(HEADER_BYTES);
  header.set(new TextEncoder().encode(MAGIC));
  const view = new DataView(header.buffer);
  view.setFloat64(16, block * COPY_ROWS + rows, true);
  view.setUint32(24, dimensions, true);
  await file.write(header, 0, HEADER_BYTES, 0);
  await file.sync();
}

/** Whether all of `bytes` was there. */
function readAt(file: number, bytes: Uint8Array, at: number): boolean {
  for (let got = 0; got < bytes.length; ) {
    const count = readSync(file, bytes, got, bytes.length - got, at + got);
    if (count === 0) return false;
    got += count;
  }
  return true;
}
