import { toFloat16 } from "./float16.ts";
import type { Sql } from "./sql.ts";
import { DatabaseFile } from "./sqlite-file/database-file.ts";
import type { Collection } from "./types.ts";
import { usearchSizes, usearchTail } from "./usearch-file.ts";
import { idsOf } from "./window-ids.ts";

/** hoplite's tables, and the vectors: codes are made anew where they are wanted. */
const TABLES = ["hoplite_metadata", "deployments", "recordings", "windows", "annotations", "orca_vectors"];
/** Vectors that are read at a time. */
const ROWS = 64;

/** A file of a hoplite folder, made as it is taken. */
export interface HopliteFile {
  readonly name: "hoplite.sqlite" | "usearch.index";
  readonly bytes: number;
  readonly pieces: AsyncIterable<Uint8Array>;
}

/**
 * The two files of a hoplite folder, of a collection that lies in no folder. What is added while they are taken is left
 * out; where something is removed or changed, taking throws `busy`.
 */
export async function hopliteFiles(collection: Collection, sql: Sql): Promise<readonly HopliteFile[]> {
  const database = new DatabaseFile(sql, TABLES);
  const ids = await idsOf(collection);
  const { dimensions } = collection.model;
  const tail = () => usearchTail(ids, dimensions);
  const sizes = usearchSizes(ids.length, dimensions);
  return [
    { name: "hoplite.sqlite", bytes: database.bytes, pieces: awaited(database.pages()) },
    {
      name: "usearch.index",
      bytes: sizes.length + 2 * ids.length * dimensions + [...tail()].reduce((sum, { length }) => sum + length, 0),
      pieces: (async function* () {
        yield sizes;
        let rows = 0;
        for await (const { vectors, count } of collection.blocks({ size: ROWS })) {
          const kept = Math.min(count, ids.length - rows);
          yield new Uint8Array(toFloat16(vectors.subarray(0, kept * dimensions)).buffer);
          rows += kept;
          if (rows === ids.length) break;
        }
        yield* tail();
      })(),
    },
  ];
}

async function* awaited<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
