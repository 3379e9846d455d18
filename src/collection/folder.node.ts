import { existsSync, statSync } from "node:fs";
import { readdir, statfs } from "node:fs/promises";
import { basename, join } from "node:path";
import { OrcaError, writingInto } from "../errors.ts";
import { makeFolder } from "../make-folder.node.ts";
import type { CodeTable } from "../vectors/index.ts";
import { codesOf } from "./codes.ts";
import { writeGraph } from "./graph.node.ts";
import { type HopliteFile, hopliteFiles } from "./hoplite-files.ts";
import { hasEdges, type IndexState, indexState, LazyIndex, writeIndex } from "./index-file.node.ts";
import { checkSameModel } from "./provenance.ts";
import { type AudioSource, findSchema, invalid, readAudioSources, writeAudioSource } from "./schema.ts";
import { SqlCollection } from "./sql-collection.ts";
import { NodeSqlite } from "./sqlite.node.ts";
import type { CollectionModel } from "./types.ts";
import {
  COPY_ROWS,
  completeWindowCopy,
  copyBytes,
  DamagedCopy,
  type PlacedBlock,
  WindowCopy,
} from "./window-copy.node.ts";
import { idsOf } from "./window-ids.ts";

export { COPY_ROWS } from "./window-copy.node.ts";

/** hoplite's names of its two files. */
export const DATABASE = "hoplite.sqlite";
export const INDEX = "usearch.index";
/** A copy of the windows, to be read from one end to the other. */
const COPY = "orca.windows";
/** Windows from which it is worth a copy that all of them are read. */
const COPIED_FROM = 50_000;

const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** A collection in a folder: hoplite.sqlite and usearch.index. */
export class CollectionFolder {
  readonly path: string;
  readonly collection: SqlCollection;
  readonly #sqlite: NodeSqlite;
  readonly #index: LazyIndex;
  readonly #writable: boolean;

  private constructor(
    path: string,
    collection: SqlCollection,
    sqlite: NodeSqlite,
    index: LazyIndex,
    writable: boolean,
  ) {
    this.#writable = writable;
    this.path = path;
    this.collection = collection;
    this.#sqlite = sqlite;
    this.#index = index;
  }

  /** Opens what is there, for reading. Throws `collection_invalid`, `unreadable`. */
  static open(path: string): Promise<CollectionFolder> {
    return CollectionFolder.#open(path, false);
  }

  /** As `open`; undefined where there is none. */
  static async openIfThere(path: string): Promise<CollectionFolder | undefined> {
    return existsSync(join(path, DATABASE)) ? CollectionFolder.open(path) : undefined;
  }

  /**
   * Opens it for writing, and makes it where it is not there and a model is given. Throws `bad_option` where it holds
   * another model's vectors, `unwritable`, `collection_invalid`.
   */
  static async openForWriting(path: string, model?: CollectionModel): Promise<CollectionFolder> {
    if (model !== undefined) await writingInto(path, () => makeFolder(path));
    const folder = await CollectionFolder.#open(path, true, model);
    if (model === undefined) return folder;
    try {
      checkSameModel(path, folder.collection.model, model);
      return folder;
    } catch (thrown) {
      folder.close();
      throw thrown;
    }
  }

  static async #open(path: string, write: boolean, model?: CollectionModel): Promise<CollectionFolder> {
    const database = join(path, DATABASE);
    if (!existsSync(database) && model === undefined) throw invalid(path, `there is no ${DATABASE} in it`);
    if (sizeOf(database) === 0 && sizeOf(join(path, INDEX)) > 0) {
      throw invalid(
        path,
        `${DATABASE} is empty, and ${INDEX} beside it is not: the database was lost. Put it back from a copy`,
      );
    }
    const sqlite = await NodeSqlite.open(database, write);
    try {
      const { dimensions } = findSchema(sqlite, path)?.model ?? model ?? { dimensions: 0 };
      const index = new LazyIndex(join(path, INDEX), dimensions);
      const options = { name: path, others: index };
      const collection = write ? SqlCollection.prepare(sqlite, options, model) : SqlCollection.open(sqlite, options);
      return new CollectionFolder(path, collection, sqlite, index, write);
    } catch (thrown) {
      sqlite.close();
      throw thrown;
    }
  }

  /** Where its recordings lie. */
  audioSources(): AudioSource[] {
    return readAudioSources(this.#sqlite);
  }

  /** Its two files, as they would be exported. Throws `busy` where rows are changed meanwhile. */
  files(): Promise<readonly HopliteFile[]> {
    return hopliteFiles(this.collection, this.#sqlite);
  }

  addAudioSource(source: AudioSource): void {
    writeAudioSource(this.#sqlite, source);
  }

  /**
   * Brings hoplite's index up to the database, where it is not. Throws `unwritable`.
   * @param graph  whether usearch makes its graph too, for approximate search; it must be installed
   */
  async completeIndex(graph = false): Promise<void> {
    const path = join(this.path, INDEX);
    const { dimensions } = this.collection.model;
    if ((await this.indexState()) !== "whole") {
      this.#index.close();
      await writeIndex(path, this.collection);
    }
    if (!graph || hasEdges(path, dimensions)) return;
    this.#index.close();
    await writeGraph(path, this.collection);
  }

  /** Whether perch-hoplite finds every window's vector. */
  async indexState(): Promise<IndexState> {
    return indexState(join(this.path, INDEX), this.collection.model.dimensions, await idsOf(this.collection));
  }

  /** Codes of all its windows; kept where it was opened for writing. */
  codes(module: WebAssembly.Module, said?: (encoded: number) => void): Promise<CodeTable> {
    return codesOf(this.collection, this.#writable ? this.#sqlite : undefined, module, said);
  }

  /**
   * Makes or completes the copy from which `placed` reads a large collection; returns its path where there is one, and in
   * words why there is none where it should be.
   * @param from  windows from which it is made
   */
  async completeCopy(from = COPIED_FROM): Promise<{ readonly path: string } | { readonly none: string } | undefined> {
    const { dimensions } = this.collection.model;
    const { windows } = await this.collection.counts();
    const path = join(this.path, COPY);
    if (windows < from) return undefined;
    const bytes = copyBytes(windows, dimensions);
    const { bavail, bsize } = await statfs(this.path);
    if (!existsSync(path) && bavail * bsize < 2 * bytes)
      return { none: `it would take ${gigabytes(bytes)}, half of what is free` };
    try {
      await completeWindowCopy(path, this.collection);
      return { path };
    } catch (thrown) {
      if (thrown instanceof OrcaError && thrown.code === "unwritable") return { none: thrown.message };
      throw thrown;
    }
  }

  /**
   * All windows by their ids, from the copy where there is one that is up to date, or those of some recordings.
   * @param room  where `count` vectors may be put, COPY_ROWS at most: a block's are good until the next
   */
  async *placed(
    room: (count: number) => Float32Array<ArrayBuffer>,
    recordings: readonly string[] = [],
  ): AsyncGenerator<PlacedBlock> {
    const copy = WindowCopy.open(join(this.path, COPY), this.collection.model.dimensions);
    let after = 0;
    try {
      if (copy !== undefined && (await copy.isOf(this.collection))) {
        for (const block of copy.blocks(room, await this.#idsOfRecordings(recordings))) {
          yield block;
          after = block.ids[block.count - 1] as number;
        }
        return;
      }
    } catch (thrown) {
      // The database has all of it.
      if (!(thrown instanceof DamagedCopy)) throw thrown;
    } finally {
      copy?.close();
    }
    const filter = recordings.length === 0 ? {} : { filter: { recordings } };
    for await (const block of this.collection.blocks({ ...filter, after, size: COPY_ROWS })) {
      const vectors = room(block.count);
      vectors.set(block.vectors);
      yield { ...block, vectors };
    }
  }

  async #idsOfRecordings(names: readonly string[]): Promise<Set<number> | undefined> {
    if (names.length === 0) return undefined;
    const ids = new Set<number>();
    for await (const { id, name } of this.collection.recordings()) if (names.includes(name)) ids.add(id);
    return ids;
  }

  close(): void {
    this.#index.close();
    this.#sqlite.close();
  }
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

/**
 * The collection that a path means: of one model's folder (NAME/yamnet), or of NAME where it holds one model's, or that of
 * `model`. Throws `bad_option` where it holds several.
 */
export async function collectionPath(path: string, model?: string): Promise<string> {
  const [first, ...more] = await collectionPaths(path, model);
  if (first !== undefined && more.length === 0) return first;
  const names = [first, ...more].map((one) => basename(one ?? ""));
  throw new OrcaError("bad_option", `${path} holds collections of ${names.join(", ")}.`, {
    field: "model",
    hint: "Name one of them with --model.",
  });
}

/** All collections that a path means: one model's, or one for each model of NAME; of `model` only, where it is given. */
export async function collectionPaths(path: string, model?: string): Promise<string[]> {
  if (existsSync(join(path, DATABASE))) return [path];
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory() && existsSync(join(path, entry.name, DATABASE)));
  if (names.length === 0) throw invalid(path, "it holds no collection");
  const wanted = names.map(({ name }) => name).filter((name) => model === undefined || name === model);
  if (wanted.length > 0) return wanted.sort().map((name) => join(path, name));
  throw new OrcaError("bad_option", `${path} has no collection of ${model}.`, {
    field: "model",
    hint: `It has ${names.map(({ name }) => name).join(", ")}.`,
  });
}
