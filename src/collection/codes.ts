import { type CodePlan, CodeTable, codeBytes, FACTS, fingerprintOf } from "../vectors/index.ts";
import { readMetadata, writeMetadata } from "./schema.ts";
import { number, type Sql, type SqlRow } from "./sql.ts";
import type { Collection } from "./types.ts";

/**
 * Codes of all windows, in blocks: ids (u32), codes, and what stands beside them (float32), with a fingerprint. The plan by
 * which they were made stands in hoplite_metadata.
 */
const TABLE = `CREATE TABLE IF NOT EXISTS orca_codes (
  first INTEGER PRIMARY KEY,
  ids BLOB NOT NULL,
  codes BLOB NOT NULL,
  facts BLOB NOT NULL,
  digest TEXT NOT NULL
)`;

const KEY = "orca_codes";
/** Codes of a block: half a megabyte of 128 bytes each. A Durable Object takes 2 MB a row. */
const ROWS = 4096;
/** Windows whose mean is taken off all. */
const SAMPLED = 4096;
/** Once there are so many times the windows that the mean was of, it may be another. */
const OUTGROWN = 8;
const SEED = 20240501;

/**
 * The codes of a collection, up to its last window, ready to be searched. What is there is taken, what is missing is made and
 * kept, and all of it is made anew where it is damaged, where windows are gone, or where the collection has outgrown its mean.
 * @param sql  undefined where nothing may be written: codes are then made anew
 * @param said  is told how many windows had to be encoded
 */
export async function codesOf(
  collection: Collection,
  sql: Sql | undefined,
  module: WebAssembly.Module,
  said: (encoded: number) => void = () => undefined,
): Promise<CodeTable> {
  sql?.run(TABLE);
  const { windows } = await collection.counts();
  const kept = sql === undefined ? undefined : loaded(sql, module, windows);
  let table = kept ?? (await begun(collection, sql, module, windows));
  let encoded = await completeCodes(collection, sql, table);
  if (sql !== undefined && table.count !== windowsUpTo(sql, table.lastId)) {
    // Windows are gone that have codes, or codes are that had windows.
    table = await begun(collection, sql, module, windows);
    encoded = await completeCodes(collection, sql, table);
  }
  if (encoded > 0) said(encoded);
  return table;
}

/** Windows up to an id: later ones may have come meanwhile. */
function windowsUpTo(sql: Sql, id: number): number {
  return number(sql.first("SELECT count(*) AS windows FROM windows WHERE id <= ?", id)?.windows) ?? 0;
}

/** Those that are kept, undefined where they are of no use any more. */
function loaded(sql: Sql, module: WebAssembly.Module, windows: number): CodeTable | undefined {
  const plan = readPlan(sql);
  if (plan === undefined || windows > Math.max(SAMPLED, plan.of) * OUTGROWN) return undefined;
  const table = new CodeTable(module, plan);
  for (const row of sql.rows("SELECT * FROM orca_codes ORDER BY first")) {
    const block = blockOf(row, plan);
    if (block === undefined) return undefined;
    table.push(block.ids, block);
  }
  return table;
}

/** An empty table, and none kept. */
async function begun(
  collection: Collection,
  sql: Sql | undefined,
  module: WebAssembly.Module,
  of: number,
): Promise<CodeTable> {
  const { dimensions } = collection.model;
  const mean = await sampledMean(collection);
  sql?.transaction(() => {
    sql.run("DELETE FROM orca_codes");
    writeMetadata(sql, KEY, { dimensions, seed: SEED, mean: Array.from(mean), of });
  });
  return new CodeTable(module, { dimensions, seed: SEED, mean });
}

/** Encodes what has no code yet, and keeps it where that may be; returns how many. */
export async function completeCodes(collection: Collection, sql: Sql | undefined, table: CodeTable): Promise<number> {
  const before = table.count;
  let last = sql === undefined ? undefined : lastBlock(sql, table.plan);
  for await (const { ids, vectors } of collection.blocks({ after: table.lastId, size: ROWS / 4 })) {
    const codes = table.encode(vectors);
    table.push(ids, codes);
    if (sql === undefined) continue;
    last = keep(sql, last, { ids: Uint32Array.from(ids), ...codes });
    await new Promise((resolve) => setTimeout(resolve));
  }
  return table.count - before;
}

interface Block {
  readonly ids: Uint32Array<ArrayBuffer>;
  readonly codes: Uint8Array<ArrayBuffer>;
  readonly facts: Float32Array<ArrayBuffer>;
}

/** Writes a block, together with the last one where that is not full; returns what is the last one now. */
function keep(sql: Sql, last: Block | undefined, next: Block): Block {
  const block = last !== undefined && last.ids.length + next.ids.length <= ROWS ? joined(last, next) : next;
  const [ids, codes, facts] = [bytesOf(block.ids), block.codes, bytesOf(block.facts)];
  sql.run(
    "INSERT OR REPLACE INTO orca_codes (first, ids, codes, facts, digest) VALUES (?, ?, ?, ?, ?)",
    block.ids[0] as number,
    ids,
    codes,
    facts,
    digestOf(ids, codes, facts),
  );
  return block;
}

function lastBlock(sql: Sql, plan: CodePlan): Block | undefined {
  const row = sql.first("SELECT * FROM orca_codes ORDER BY first DESC LIMIT 1");
  return row === undefined ? undefined : blockOf(row, plan);
}

/** Undefined where it is damaged. */
function blockOf({ ids, codes, facts, digest }: SqlRow, { dimensions }: CodePlan): Block | undefined {
  if (!(ids instanceof Uint8Array && codes instanceof Uint8Array && facts instanceof Uint8Array)) return undefined;
  const count = ids.length / 4;
  if (codes.length !== count * codeBytes(dimensions) || facts.length !== count * FACTS * 4) return undefined;
  if (digestOf(ids, codes, facts) !== digest) return undefined;
  return {
    ids: new Uint32Array(ids.slice().buffer),
    codes: codes.slice(),
    facts: new Float32Array(facts.slice().buffer),
  };
}

function joined(a: Block, b: Block): Block {
  const both = <T extends Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>>(
    x: T,
    y: T,
    out: T,
  ): T => {
    out.set(x);
    out.set(y, x.length);
    return out;
  };
  return {
    ids: both(a.ids, b.ids, new Uint32Array(a.ids.length + b.ids.length)),
    codes: both(a.codes, b.codes, new Uint8Array(a.codes.length + b.codes.length)),
    facts: both(a.facts, b.facts, new Float32Array(a.facts.length + b.facts.length)),
  };
}

const bytesOf = (values: Uint32Array | Float32Array) =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

const digestOf = (...parts: readonly Uint8Array[]) => fingerprintOf(parts);

function readPlan(sql: Sql): (CodePlan & { readonly of: number }) | undefined {
  const { dimensions, seed, mean, of } = readMetadata(sql, KEY) ?? {};
  if (typeof dimensions !== "number" || typeof seed !== "number" || typeof of !== "number") return undefined;
  if (!Array.isArray(mean) || mean.length !== dimensions || !mean.every((value) => typeof value === "number"))
    return undefined;
  return { dimensions, seed, of, mean: Float32Array.from(mean) };
}

/** Mean of windows at length 1, of some that lie evenly among all. */
async function sampledMean(collection: Collection): Promise<Float32Array> {
  const { dimensions } = collection.model;
  const mean = new Float64Array(dimensions);
  const { windows } = await collection.counts();
  const every = Math.max(1, Math.floor(windows / SAMPLED));
  const ids: number[] = [];
  let seen = 0;
  for await (const block of collection.blocks({ vectors: false, size: 1 << 14 }))
    for (const id of block.ids) if (seen++ % every === 0) ids.push(id);
  for (let first = 0; first < ids.length; first += 256) {
    const { vectors, count } = await collection.windows(ids.slice(first, first + 256));
    for (let row = 0; row < count; row++) {
      const vector = vectors.subarray(row * dimensions, (row + 1) * dimensions);
      let square = 0;
      for (const value of vector) square += value * value;
      const scale = square > 0 ? 1 / (Math.sqrt(square) * ids.length) : 0;
      for (let at = 0; at < dimensions; at++) mean[at] = (mean[at] as number) + (vector[at] as number) * scale;
    }
  }
  return Float32Array.from(mean);
}
