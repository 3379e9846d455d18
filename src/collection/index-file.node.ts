import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { OrcaError, writingInto } from "../errors.ts";
import { fromFloat16, toFloat16 } from "./float16.ts";
import type { Collection, OtherVectors } from "./types.ts";
import {
  type FileBytes,
  readUsearch,
  SIZES_BYTES,
  type UsearchIndex,
  usearchSizes,
  usearchTail,
} from "./usearch-file.ts";
import { idsOf } from "./window-ids.ts";

/** Rows that are copied at a time. */
const ROWS = 4096;

/** hoplite's index of a collection, open for reading. */
export class IndexFile implements OtherVectors {
  readonly index: UsearchIndex;
  readonly #file: number;
  #rows: Map<number, number> | undefined;

  private constructor(file: number, index: UsearchIndex) {
    this.#file = file;
    this.index = index;
  }

  /** Undefined where there is no file; in words what is wrong with one that cannot be read. */
  static open(path: string, dimensions: number): IndexFile | string | undefined {
    let file: number;
    try {
      file = openSync(path, "r");
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw thrown;
    }
    const index = readUsearch(fileBytes(file), dimensions);
    if (typeof index !== "string") return new IndexFile(file, index);
    closeSync(file);
    return index;
  }

  read(id: number, out: Float32Array, at: number): boolean {
    this.#rows ??= new Map([...this.index.keys].map((key, row) => [key, row]));
    const row = this.#rows.get(id);
    if (row === undefined) return false;
    const { dimensions } = this.index;
    const bytes = this.rowBytes(row, 1);
    fromFloat16(new Uint16Array(bytes.buffer, bytes.byteOffset, dimensions), out.subarray(at, at + dimensions));
    return true;
  }

  /** Rows as they lie in the file. */
  rowBytes(first: number, count: number): Uint8Array {
    const width = this.index.dimensions * 2;
    return fileBytes(this.#file).read(SIZES_BYTES + first * width, count * width);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** An index that is opened when a vector is first asked of it: most collections have all of theirs in the database. */
export class LazyIndex implements OtherVectors {
  readonly #path: string;
  readonly #dimensions: number;
  #file: IndexFile | undefined;

  constructor(path: string, dimensions: number) {
    this.#path = path;
    this.#dimensions = dimensions;
  }

  read(id: number, out: Float32Array, at: number): boolean {
    if (this.#file === undefined) {
      const file = IndexFile.open(this.#path, this.#dimensions);
      if (typeof file === "string")
        throw new OrcaError("collection_invalid", `${this.#path} cannot be used: ${file}.`, {
          hint: "Vectors that perch-hoplite added are in it and nowhere else: take it from a backup.",
        });
      if (file === undefined) return false;
      this.#file = file;
    }
    return this.#file.read(id, out, at);
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

/** How hoplite's index stands to the database: whether perch-hoplite finds every window's vector in it. */
export type IndexState = "whole" | "behind" | "missing" | "damaged";

/** @param ids  of the database's windows, ascending */
export function indexState(path: string, dimensions: number, ids: Float64Array): IndexState {
  const file = IndexFile.open(path, dimensions);
  if (file === undefined) return "missing";
  if (typeof file === "string") return "damaged";
  const keys = file.index.keys.toSorted();
  file.close();
  return keys.length === ids.length && keys.every((key, at) => key === ids[at]) ? "whole" : "behind";
}

/** Whether the graph of an index has been made. */
export function hasEdges(path: string, dimensions: number): boolean {
  const file = IndexFile.open(path, dimensions);
  if (!(file instanceof IndexFile)) return false;
  file.close();
  return file.index.edges;
}

/**
 * Writes hoplite's index anew, without edges: perch-hoplite opens it, gives vectors, searches exactly and adds more. Rows
 * that the last one holds already are copied. It appears when it is whole. Throws `unwritable`.
 */
export async function writeIndex(path: string, collection: Collection): Promise<void> {
  const { dimensions } = collection.model;
  const ids = await idsOf(collection);
  const old = IndexFile.open(path, dimensions);
  const same = old instanceof IndexFile ? sharedRows(old.index.keys, ids) : 0;
  const draft = `${path}.part`;
  try {
    await writingInto(dirname(path), async () => {
      const file = await open(draft, "w");
      try {
        await file.write(usearchSizes(ids.length, dimensions));
        if (old instanceof IndexFile)
          for (let row = 0; row < same; row += ROWS) await file.write(old.rowBytes(row, Math.min(ROWS, same - row)));
        const after = same === 0 ? 0 : (ids[same - 1] as number);
        let rows = same;
        for await (const { vectors, count } of collection.blocks({ after, size: ROWS })) {
          // Windows that came meanwhile are the next one's.
          const kept = Math.min(count, ids.length - rows);
          await file.write(new Uint8Array(toFloat16(vectors.subarray(0, kept * dimensions)).buffer));
          rows += kept;
          if (rows === ids.length) break;
        }
        for (const piece of usearchTail(ids, dimensions)) await file.write(piece);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, path);
    });
  } catch (thrown) {
    await rm(draft, { force: true });
    throw thrown;
  } finally {
    if (old instanceof IndexFile) old.close();
  }
}

/** How many rows at the start are of the same windows. */
function sharedRows(keys: Float64Array, ids: Float64Array): number {
  let rows = 0;
  while (rows < keys.length && rows < ids.length && keys[rows] === ids[rows]) rows++;
  return rows;
}

function fileBytes(file: number): FileBytes {
  return {
    get size() {
      return fstatSync(file).size;
    },
    read(at, length) {
      const bytes = new Uint8Array(length);
      for (let got = 0; got < length; ) {
        const count = readSync(file, bytes, got, length - got, at + got);
        if (count === 0) throw new Error(`the file ends at ${at + got}`);
        got += count;
      }
      return bytes;
    },
  };
}
