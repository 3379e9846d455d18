import { existsSync, readFileSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { OrcaError, writingInto } from "../errors.ts";
import { makeFolder } from "../make-folder.node.ts";
import { DATABASE, INDEX } from "./folder.node.ts";
import { LazyIndex } from "./index-file.node.ts";
import { isBegun, isMerged, type MergedCounts, type MergedPart, mergedCounts, mergeInto } from "./merging.ts";
import { modelDifference } from "./provenance.ts";
import { findSchema, invalid, readAudioSources } from "./schema.ts";
import { number, type Sql } from "./sql.ts";
import { SqlCollection } from "./sql-collection.ts";
import { NodeSqlite } from "./sqlite.node.ts";
import type { CollectionModel } from "./types.ts";

/** One of the collections that become one. */
export interface Part {
  /** The folder of its database. */
  readonly path: string;
  /** What its recordings are called as a set where nobody named it otherwise. */
  readonly name: string;
}

export interface MergeWishes {
  /** The folder of the merged collection's database. */
  readonly into: string;
  /** A file for what is not whole yet, on the same file system. */
  readonly draft: string;
  /** What its recordings are called as a set. */
  readonly name: string;
  /** Whether all sets of recordings become that one, whatever they were called. */
  readonly rename: boolean;
  /** Is waited for between steps: others get a turn. */
  readonly pause?: () => Promise<void>;
}

/**
 * Makes one collection of several, or adds them to one that is there. A reader finds the old one or the whole new one, however
 * this ends: a new one is made beside its place and put there at once, and what is added to one that is there is one transaction.
 * Undefined where all of it was in it already. Throws `bad_option` where they cannot be one collection.
 */
export async function mergeCollections(
  parts: readonly Part[],
  { into, draft, name, rename: renamed, pause = setImmediate }: MergeWishes,
): Promise<MergedCounts[] | undefined> {
  const opened: OpenPart[] = [];
  try {
    for (const part of parts) opened.push(await openPart(part));
    const model = sharedModel(opened);
    const shared = renamed || haveOneBase(opened);
    const taken = opened.map(({ part, ...one }) => ({
      ...one,
      project: (own: string) => (renamed || (shared && own === part.name) ? name : own),
    }));
    const states = opened.map(({ state }) => state);
    const target = join(into, DATABASE);
    if (existsSync(target)) return await addTo(target, into, model, taken, states, pause);
    const counts = await makeDraft(draft, into, model, taken, states, pause);
    await writingInto(into, async () => {
      await makeFolder(into);
      // Of a database that is gone: they are not this one's.
      for (const ending of ["-wal", "-shm"]) await rm(`${target}${ending}`, { force: true });
      await rename(draft, target);
    });
    return counts;
  } finally {
    for (const { sql, others } of opened) {
      others.close();
      sql.close();
    }
  }
}

interface OpenPart {
  readonly part: Part;
  readonly name: string;
  readonly sql: NodeSqlite;
  readonly others: LazyIndex;
  readonly dimensions: number;
  readonly model: CollectionModel;
  readonly state: object;
}

async function openPart(part: Part): Promise<OpenPart> {
  const { path } = part;
  const database = join(path, DATABASE);
  const sql = await NodeSqlite.open(database, false);
  try {
    const found = findSchema(sql, path);
    if (found === undefined) throw invalid(path, "it has no tables of a collection");
    const { model } = found;
    const { dimensions } = model;
    const others = new LazyIndex(join(path, INDEX), dimensions);
    return { part, name: path, sql, others, dimensions, model, state: await stateOf(database, sql) };
  } catch (thrown) {
    sql.close();
    throw thrown;
  }
}

/** What tells whether a part is as it was. */
async function stateOf(path: string, sql: Sql): Promise<object> {
  const { size: bytes, mtimeMs: modified } = await stat(path);
  const last = (table: string) => number(sql.first(`SELECT max(id) AS n FROM ${table}`)?.n) ?? 0;
  return {
    path: resolve(path),
    bytes,
    modified,
    recordings: last("recordings"),
    windows: last("windows"),
    annotations: last("annotations"),
  };
}

/** The model of all of them, with all that any says of it. Throws `bad_option` where they are of two. */
function sharedModel([first, ...rest]: readonly OpenPart[]): CollectionModel {
  let model = (first as OpenPart).model;
  for (const { name, model: other } of rest) {
    const how = modelDifference(model, other);
    if (how !== undefined)
      throw new OrcaError("bad_option", `${(first as OpenPart).name} and ${name} hold other embeddings (${how}).`, {
        hint: "Vectors of two nets cannot be compared: merge those of one.",
      });
    model = { ...other, ...model };
  }
  return model;
}

/** Whether recordings of all of them lie in one folder: then they are parts of one set. */
function haveOneBase(parts: readonly OpenPart[]): boolean {
  const bases = new Set(parts.flatMap(({ sql }) => readAudioSources(sql).map(({ base }) => base)));
  return bases.size === 1;
}

/** Adds to a collection that is there, in one transaction. */
async function addTo(
  target: string,
  into: string,
  model: CollectionModel,
  parts: readonly MergedPart[],
  states: readonly object[],
  pause: () => Promise<void>,
): Promise<MergedCounts[] | undefined> {
  const sql = await NodeSqlite.open(target, true);
  const others = new LazyIndex(join(into, INDEX), model.dimensions);
  try {
    const { model: had } = SqlCollection.prepare(sql, { name: into });
    const how = modelDifference(had, model);
    if (how !== undefined)
      throw new OrcaError("bad_option", `${into} holds other embeddings (${how}).`, {
        hint: "Vectors of two nets cannot be compared: give another --into.",
      });
    if (isMerged(sql, states)) return undefined;
    const lying = { name: into, sql, others, dimensions: model.dimensions };
    return await sql.longTransaction(() => mergeInto(lying, parts, states, pause));
  } finally {
    others.close();
    sql.close();
  }
}

/** Writes a new collection, or goes on with one that was begun with the same parts. */
async function makeDraft(
  draft: string,
  into: string,
  model: CollectionModel,
  parts: readonly MergedPart[],
  states: readonly object[],
  pause: () => Promise<void>,
): Promise<MergedCounts[]> {
  await writingInto(dirname(draft), () => makeFolder(dirname(draft)));
  if (existsSync(draft) && !(await goesOn(draft, states)))
    for (const ending of ["", "-journal"]) await rm(`${draft}${ending}`, { force: true });
  const sql = await NodeSqlite.openDraft(draft);
  try {
    sql.run(`PRAGMA user_version = ${startOfMachine()}`);
    // It was whole, and was not put into its place any more.
    if (findSchema(sql, draft) === undefined || !isMerged(sql, states)) {
      SqlCollection.prepare(sql, { name: into }, model);
      const lying = { name: into, sql, others: { read: () => false }, dimensions: model.dimensions };
      await mergeInto(lying, parts, states, pause);
    }
    sql.run("PRAGMA user_version = 0");
  } finally {
    sql.close();
  }
  return await writingInto(dirname(draft), async () => {
    const file = await open(draft, "r+");
    await file.sync().finally(() => file.close());
    const whole = await NodeSqlite.open(draft, false);
    try {
      return mergedCounts(whole);
    } finally {
      whole.close();
    }
  });
}

/** Whether a draft is one of these parts, and of this start of the machine: what was not synced before its end may be damaged. */
async function goesOn(draft: string, states: readonly object[]): Promise<boolean> {
  try {
    const sql = await NodeSqlite.openDraft(draft);
    try {
      const same = sql.first("PRAGMA user_version")?.user_version === startOfMachine();
      return same && findSchema(sql, draft) !== undefined && (isBegun(sql, states) || isMerged(sql, states));
    } finally {
      sql.close();
    }
  } catch {
    // One that cannot be read is made anew.
    return false;
  }
}

/** A number from 1 to 2^31 - 1 that another start of this machine has not; by chance where the system does not tell. */
function startOfMachine(): number {
  let id: string;
  try {
    id = readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
  } catch {
    id = crypto.randomUUID();
  }
  return 1 + (Number.parseInt(id.replaceAll("-", "").slice(0, 8), 16) % (2 ** 31 - 2));
}
