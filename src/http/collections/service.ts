import {
  collectionModel,
  type RecordingFacts,
  recordingFacts,
  windowRow,
  withoutKnownTime,
} from "../../collection/index.ts";
import { OrcaError } from "../../errors.ts";
import { joinBytes } from "../../join.ts";
import type { EmbedRecord } from "../../records/index.ts";
import { problemIn } from "../../records/problems.ts";
import type { Begin } from "./object.ts";

/** What is used of a namespace of Durable Objects (developers.cloudflare.com/durable-objects). */
export interface CollectionNamespace {
  idFromName(name: string): unknown;
  get(id: unknown): { fetch(url: string, init?: RequestInit): Promise<Response> };
}

/** Names of collections: they stand in paths. */
export const COLLECTION_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Of the object that knows the names of all; no collection's, which has a model behind its slash. */
const NAMES = "names";

export const noCollections = () =>
  new OrcaError("not_found", "This server keeps no collections.", {
    hint: "Its operator can: docs/collections.md says how.",
  });

/** Collections that are Durable Objects. */
export class CollectionService {
  readonly #namespace: CollectionNamespace;

  constructor(namespace: CollectionNamespace) {
    this.#namespace = namespace;
  }

  /** Names, each with a model. */
  async list(): Promise<readonly { readonly name: string; readonly model: string }[]> {
    const { collections } = (await this.#json(NAMES, "names")) as { collections: { name: string; model: string }[] };
    return collections;
  }

  /** Passes a request on to a collection. @param model  where it has several */
  async answer(request: Request, name: string, what: string, model: string | undefined): Promise<Response> {
    const models = (await this.list()).filter((one) => one.name === name).map((one) => one.model);
    if (models.length === 0) throw new OrcaError("not_found", `There is no collection ${name}.`);
    const chosen = model ?? (models.length === 1 ? models[0] : undefined);
    if (chosen === undefined || !models.includes(chosen)) {
      const hint = `Say which with model=: ${models.join(", ")}.`;
      throw new OrcaError("bad_option", `${name} has collections of ${models.length} models.`, {
        field: "model",
        hint,
      });
    }
    const { search } = new URL(request.url);
    const body = request.method === "GET" ? {} : { body: await request.text() };
    const response = await this.#object(`${name}/${chosen}`).fetch(`https://collection/${what}${search}`, {
      method: request.method,
      ...body,
    });
    if (!response.ok) throw await problemIn(response);
    // Headers of what was fetched cannot be added to; every answer gets some.
    const own = new Response(response.body, response);
    if (what === "export") own.headers.set("content-disposition", `attachment; filename="${name}.zip"`);
    return own;
  }

  /**
   * Passes records on, each when it is kept: what a client has got of them is on the disk.
   * @param recording  the recording's name in the collection
   */
  async *keeping<T extends EmbedRecord>(
    batches: AsyncGenerator<readonly T[]>,
    name: string,
    recording: string,
  ): AsyncGenerator<readonly T[]> {
    const keeper = new Keeper(this, name, recording);
    for await (const records of batches) {
      await keeper.keep(records);
      yield records;
    }
  }

  async begin(name: string, begin: Begin): Promise<number> {
    const { id: model } = begin.model;
    await this.#json(NAMES, "names", JSON.stringify({ name, model }));
    const { recording } = (await this.#json(`${name}/${model}`, "begin", JSON.stringify(begin))) as {
      recording: number;
    };
    return recording;
  }

  async extend(name: string, model: string, recording: number, rows: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#json(`${name}/${model}`, `extend?recording=${recording}`, rows);
  }

  async end(name: string, model: string, facts: RecordingFacts): Promise<void> {
    await this.#json(`${name}/${model}`, "end", JSON.stringify(facts));
  }

  #object(name: string) {
    return this.#namespace.get(this.#namespace.idFromName(name));
  }

  async #json(object: string, what: string, body?: string | Uint8Array<ArrayBuffer>): Promise<unknown> {
    const init = body === undefined ? {} : { method: "POST", body };
    const response = await this.#object(object).fetch(`https://collection/${what}`, init);
    if (!response.ok) throw await problemIn(response);
    return response.json();
  }
}

/** Keeps the records of one recording. */
class Keeper {
  readonly #service: CollectionService;
  readonly #name: string;
  readonly #recording: string;
  #model = "";
  #id = 0;
  #facts: RecordingFacts | undefined;
  #header: Extract<EmbedRecord, { type: "header" }> | undefined;

  constructor(service: CollectionService, name: string, recording: string) {
    this.#service = service;
    this.#name = name;
    this.#recording = recording;
  }

  async keep(records: readonly EmbedRecord[]): Promise<void> {
    const rows: Uint8Array[] = [];
    const placing = { project: this.#name, base: this.#name };
    for (const record of records) {
      if (record.type === "header") {
        this.#header = record;
        this.#facts = recordingFacts(this.#recording, record, undefined, placing);
        const model = collectionModel(record);
        this.#model = model.id;
        this.#id = await this.#service.begin(this.#name, { model, recording: this.#facts });
      } else if (record.type === "window") {
        const { start, end, utc, rms, embedding: vector } = record;
        const window = { start, end, rms, vector, ...(utc === undefined ? {} : { utc: Date.parse(utc) }) };
        rows.push(windowRow(withoutKnownTime(window, this.#facts?.utc)));
      } else if (record.type === "summary" && this.#header !== undefined) {
        this.#facts = recordingFacts(this.#recording, this.#header, record, placing);
      }
    }
    if (rows.length > 0) await this.#service.extend(this.#name, this.#model, this.#id, joinBytes(rows));
    if (records.some(({ type }) => type === "summary") && this.#facts !== undefined)
      await this.#service.end(this.#name, this.#model, this.#facts);
  }
}
