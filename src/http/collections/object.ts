import {
  type CollectionModel,
  checkSameModel,
  codesOf,
  completeCodes,
  DurableSqlite,
  hopliteFiles,
  type ObjectStorage,
  type RecordingFacts,
  SqlCollection,
  windowsOfRows,
} from "../../collection/index.ts";
import { OrcaError } from "../../errors.ts";
import type { CodeTable } from "../../vectors/index.ts";
import { problemResponse } from "../problem.ts";
import { collectionAnswer } from "./answers.ts";
import { exportResponse } from "./export.ts";

/** What a recording's keeping begins with. */
export interface Begin {
  readonly model: CollectionModel;
  readonly recording: RecordingFacts;
}

/** What a Durable Object is given. */
interface ObjectState {
  readonly storage: ObjectStorage;
}

/**
 * The class of Durable Objects that are collections: one of a name and model each, and one that knows their names. Everything
 * that it has answered to is on the disk.
 * @param vectors  build/vectors.wasm, compiled
 */
export function collectionObject(vectors: WebAssembly.Module) {
  return class {
    readonly #sql: DurableSqlite;
    #collection: SqlCollection | undefined;
    #codes: CodeTable | undefined;
    /** Searches go one after the other: two would encode the same windows. */
    #coding: Promise<unknown> = Promise.resolve();

    constructor(state: ObjectState) {
      this.#sql = new DurableSqlite(state.storage);
    }

    async fetch(request: Request): Promise<Response> {
      try {
        const { pathname, searchParams } = new URL(request.url);
        if (request.method === "GET" && pathname === "/export") {
          const collection = this.#opened();
          return await exportResponse(collection.model.id, await hopliteFiles(collection, this.#sql));
        }
        const answer = await this.#answer(request, pathname.slice(1), searchParams);
        return Response.json(answer);
      } catch (thrown) {
        return problemResponse(thrown, request.headers.get("x-request-id") ?? "");
      }
    }

    async #answer(request: Request, what: string, query: URLSearchParams): Promise<object> {
      switch (what) {
        case "names":
          return this.#names(request);
        case "begin": {
          const { model, recording } = (await request.json()) as Begin;
          const collection = this.#opened(model);
          checkSameModel("The collection", collection.model, model);
          return { recording: await collection.put(recording, []) };
        }
        case "extend": {
          const collection = this.#opened();
          const bytes = new Uint8Array(await request.arrayBuffer());
          const windows = windowsOfRows(bytes, collection.model.dimensions);
          await collection.extend(Number(query.get("recording")), windows);
          return {};
        }
        case "end":
          await this.#opened().extend(0, [], (await request.json()) as RecordingFacts);
          return {};
        default: {
          const collection = this.#opened();
          return collectionAnswer(request, what, { collection, vectors, codes: () => this.#coded(collection) });
        }
      }
    }

    #opened(model?: CollectionModel): SqlCollection {
      const options = { name: "The collection" };
      try {
        this.#collection ??= SqlCollection.prepare(this.#sql, options, model);
      } catch (thrown) {
        if (model === undefined) throw new OrcaError("not_found", "There is no such collection.", { cause: thrown });
        throw thrown;
      }
      return this.#collection;
    }

    /** Codes stay in memory between requests; what came since is encoded. */
    #coded(collection: SqlCollection): Promise<CodeTable> {
      const next = this.#coding.then(async () => {
        if (this.#codes !== undefined) await completeCodes(collection, this.#sql, this.#codes);
        const { windows } = await collection.counts();
        if (this.#codes === undefined || this.#codes.count > windows)
          this.#codes = await codesOf(collection, this.#sql, vectors);
        return this.#codes;
      });
      this.#coding = next.catch(() => undefined);
      return next;
    }

    /** Of the one that knows the names of all: takes one, or lists them. */
    async #names(request: Request): Promise<object> {
      this.#sql.run("CREATE TABLE IF NOT EXISTS names (name TEXT, model TEXT, PRIMARY KEY (name, model))");
      if (request.method === "POST") {
        const { name, model } = (await request.json()) as { name: string; model: string };
        this.#sql.run("INSERT OR IGNORE INTO names (name, model) VALUES (?, ?)", name, model);
        return {};
      }
      return { collections: [...this.#sql.rows("SELECT name, model FROM names ORDER BY name, model")] };
    }
  };
}
