import { join } from "node:path";
import { CollectionFolder } from "../../collection/folder.node.ts";
import {
  type Collection,
  type CollectionModel,
  checkSameModel,
  type NewWindow,
  type Placing,
  placedFacts,
  type RecordingFacts,
  recordingFacts,
  withoutKnownTime,
} from "../../collection/index.ts";
import { counted } from "../../counted.ts";
import { OrcaError } from "../../errors.ts";
import type { IndexChoice } from "../collect/collection-store.ts";
import { safeName } from "../safe-name.ts";
import type { Part } from "./sources.ts";

/** A recording that is being taken. */
export interface Begun {
  readonly id: number;
  readonly name: string;
}

/** What was taken of a recording, however many files have it. */
interface Taken {
  windows: number;
  /** Whether it was there before this import. */
  readonly before: boolean;
}

/** Collections that an import fills. */
export class Imported {
  readonly #into: string;
  readonly #placing: Placing;
  readonly #folders = new Map<string, CollectionFolder>();
  /** By model and by recording. */
  readonly #taken = new Map<string, Map<string, Taken>>();
  /** Models whose collections had recordings before. */
  readonly #filled = new Set<string>();

  constructor(into: string, placing: Placing) {
    this.#into = into;
    this.#placing = placing;
  }

  /** Windows of a file: a recording's that is there already are replaced. @param name  of recordings that the file does not name */
  async takeFile(parts: AsyncGenerator<Part>, name: string): Promise<void> {
    const begun = new Map<string, number>();
    for await (const part of parts) {
      const { model, header, summary, windows } = part;
      const recording = part.name ?? name;
      const folder = await this.folder(model);
      // Facts that came with the first part may have become more by the last.
      const facts =
        header === undefined
          ? placedFacts(recording, this.#placing)
          : recordingFacts(recording, header, summary, this.#placing);
      const known = begun.get(recording);
      const own = windows.map((window) => withoutKnownTime(window, facts.utc));
      const taken = known === undefined ? await this.#beginning(folder, recording) : this.#of(model.id, recording);
      if (known === undefined) begun.set(recording, await folder.collection.put(facts, own));
      else await folder.collection.extend(known, own, facts);
      taken.windows += windows.length;
    }
    if (begun.size === 0) throw new OrcaError("bad_option", "There are no windows in it.");
  }

  /** A recording of another collection, whose windows come with `extend`. */
  async begin(model: CollectionModel, facts: RecordingFacts): Promise<Begun> {
    const folder = await this.folder(model);
    await this.#beginning(folder, facts.name);
    return { id: await folder.collection.put(facts, []), name: facts.name };
  }

  async extend(model: CollectionModel, { id, name }: Begun, windows: readonly NewWindow[]): Promise<void> {
    await (await this.folder(model)).collection.extend(id, windows);
    this.#of(model.id, name).windows += windows.length;
  }

  async folder(model: CollectionModel): Promise<CollectionFolder> {
    const open = this.#folders.get(model.id);
    if (open !== undefined) {
      checkSameModel(open.path, open.collection.model, model);
      return open;
    }
    const folder = await CollectionFolder.openForWriting(join(this.#into, safeName(model.id)), model);
    this.#folders.set(model.id, folder);
    folder.addAudioSource(this.#placing);
    if ((await folder.collection.counts()).recordings > 0) this.#filled.add(model.id);
    return folder;
  }

  /** What came of it, in sentences. */
  async finish(index: IndexChoice): Promise<string[]> {
    if (index !== "none") for (const folder of this.#folders.values()) await folder.completeIndex(index === "graph");
    return [...this.#taken].map(([model, recordings]) => {
      const all = [...recordings.values()];
      const before = all.filter((one) => one.before);
      const there = before.length === 0 ? "" : `; ${said(before)} were there already`;
      return `${this.#folders.get(model)?.path}: ${said(all)} taken${there}.`;
    });
  }

  close(): void {
    for (const folder of this.#folders.values()) folder.close();
  }

  /** Of a recording that is begun anew, as it is for each file that has it: what is taken of it from now on. */
  async #beginning({ collection }: CollectionFolder, name: string): Promise<Taken> {
    const { id } = collection.model;
    const recordings = this.#taken.get(id) ?? new Map<string, Taken>();
    this.#taken.set(id, recordings);
    const before = recordings.get(name)?.before ?? (this.#filled.has(id) && (await hasWindows(collection, name)));
    const taken = { windows: 0, before };
    recordings.set(name, taken);
    return taken;
  }

  #of(model: string, name: string): Taken {
    return this.#taken.get(model)?.get(name) as Taken;
  }
}

async function hasWindows(collection: Collection, name: string): Promise<boolean> {
  for await (const { count } of collection.blocks({ filter: { recordings: [name] }, vectors: false, size: 1 }))
    if (count > 0) return true;
  return false;
}

function said(recordings: readonly Taken[]): string {
  const windows = recordings.reduce((sum, one) => sum + one.windows, 0);
  return `${counted(windows, "window")} of ${counted(recordings.length, "recording")}`;
}
