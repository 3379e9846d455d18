import { rm } from "node:fs/promises";
import { join } from "node:path";
import { CollectionFolder } from "../../collection/folder.node.ts";
import { collectionModel, type Placing } from "../../collection/index.ts";
import { type Setup, spoolPath, type Task } from "../extract/extract-one.ts";
import type { PlannedTask } from "../extract/planned-task.ts";
import type { ResultStore } from "../extract/result-store.ts";
import type { Recording } from "../recordings/index.ts";
import { openSpool } from "./spool.ts";
import { takeSpool } from "./take-spool.ts";

/** What becomes of hoplite's index in the end. */
export const INDEXES = ["rows", "graph", "none"] as const;
export type IndexChoice = (typeof INDEXES)[number];

interface Known {
  readonly bytes: number | undefined;
  readonly modified: number | undefined;
}

/** Collections in a folder, one a model; this process alone writes them. */
export class CollectionStore implements ResultStore {
  readonly #setup: Setup;
  readonly #placing: Placing;
  readonly #index: IndexChoice;
  readonly #folders = new Map<string, CollectionFolder>();
  /** Recordings of each model's collection that are there, by their names. */
  readonly #known = new Map<string, Promise<ReadonlyMap<string, Known>>>();
  /** One after the other. */
  #taken: Promise<void> = Promise.resolve();

  /** @param setup  with the folder of drafts that the processes use */
  constructor(setup: Setup, placing: Placing, index: IndexChoice) {
    this.#setup = setup;
    this.#placing = placing;
    this.#index = index;
  }

  place({ name, model }: Task): string {
    return `${join(this.#setup.out, model)}: ${name}`;
  }

  async has({ name, bytes, modified }: Recording, model: string): Promise<boolean> {
    let known = this.#known.get(model);
    if (known === undefined) {
      known = this.#read(model);
      this.#known.set(model, known);
    }
    const there = (await known).get(name);
    return there !== undefined && there.bytes === bytes && there.modified === modified;
  }

  take(task: PlannedTask): Promise<void> {
    this.#taken = this.#taken.then(() => this.#take(task));
    return this.#taken;
  }

  async finish(models: Iterable<string>): Promise<void> {
    if (this.#index === "none") return;
    for (const model of models) {
      // One that was killed before its end may have left the index behind.
      const open = this.#folders.get(model);
      const folder = open ?? (await CollectionFolder.openIfThere(join(this.#setup.out, model)));
      await folder?.completeIndex(this.#index === "graph");
      if (open === undefined) folder?.close();
    }
  }

  close(): void {
    for (const folder of this.#folders.values()) folder.close();
    this.#folders.clear();
  }

  async #take(task: PlannedTask): Promise<void> {
    const { name, model, recording } = task;
    const path = spoolPath(this.#setup, task);
    const { collection } = await this.#folder(model, path);
    const { bytes, modified } = recording;
    await takeSpool(path, collection, name, this.#placing, { bytes, modified });
    await rm(path);
  }

  async #folder(model: string, spool: string): Promise<CollectionFolder> {
    const open = this.#folders.get(model);
    if (open !== undefined) return open;
    const { header, close } = openSpool(spool);
    close();
    const folder = await CollectionFolder.openForWriting(join(this.#setup.out, model), collectionModel(header));
    this.#folders.set(model, folder);
    folder.addAudioSource(this.#placing);
    return folder;
  }

  async #read(model: string): Promise<ReadonlyMap<string, Known>> {
    const known = new Map<string, Known>();
    const folder = await CollectionFolder.openIfThere(join(this.#setup.out, model));
    if (folder === undefined) return known;
    try {
      for await (const { name, bytes, modified } of folder.collection.recordings())
        known.set(name, { bytes, modified });
      return known;
    } finally {
      folder.close();
    }
  }
}
