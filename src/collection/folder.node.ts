import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { OrcaError, writingInto } from "../errors.ts";
import { makeFolder } from "../make-folder.node.ts";
import type { CodeTable } from "../vectors/index.ts";
import { codesOf } from "./codes.ts";
import { writeGraph } from "./graph.node.ts";
import { hasEdges, type IndexState, idsOf, indexState, LazyIndex, writeIndex } from "./index-file.node.ts";
import { checkSameModel } from "./provenance.ts";
import { type AudioSource, findSchema, invalid, readAudioSources, writeAudioSource } from "./schema.ts";
import { SqlCollection } from "./sql-collection.ts";
import { NodeSqlite } from "./sqlite.node.ts";
import type { CollectionModel } from "./types.ts";

/** hoplite's names of its two files. */
export const DATABASE = "hoplite.sqlite";
export const INDEX = "usearch.index";

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

  close(): void {
    this.#index.close();
    this.#sqlite.close();
  }
}

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
