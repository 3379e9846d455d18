import { join } from "node:path";
import { CollectionFolder } from "../../collection/folder.node.ts";
import {
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

/** Collections that an import fills. */
export class Imported {
  readonly #into: string;
  readonly #placing: Placing;
  readonly #folders = new Map<string, CollectionFolder>();
  readonly #counts = new Map<string, { recordings: number; windows: number }>();

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
      if (known === undefined) begun.set(recording, await folder.collection.put(facts, own));
      else await folder.collection.extend(known, own, facts);
      this.#count(model.id, known === undefined ? 1 : 0, windows.length);
    }
    if (begun.size === 0) throw new OrcaError("bad_option", "There are no windows in it.");
  }

  /** Windows of a recording of another collection. Returns its id here. */
  async begin(model: CollectionModel, facts: RecordingFacts): Promise<number> {
    this.#count(model.id, 1, 0);
    return (await this.folder(model)).collection.put(facts, []);
  }

  async extend(model: CollectionModel, recording: number, windows: readonly NewWindow[]): Promise<void> {
    this.#count(model.id, 0, windows.length);
    await (await this.folder(model)).collection.extend(recording, windows);
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
    return folder;
  }

  /** What came of it, in sentences. */
  async finish(index: IndexChoice): Promise<string[]> {
    if (index !== "none") for (const folder of this.#folders.values()) await folder.completeIndex(index === "graph");
    return [...this.#counts].map(
      ([model, { recordings, windows }]) =>
        `${this.#folders.get(model)?.path}: ${counted(windows, "window")} of ${counted(recordings, "recording")} taken.`,
    );
  }

  close(): void {
    for (const folder of this.#folders.values()) folder.close();
  }

  #count(model: string, recordings: number, windows: number): void {
    const counts = this.#counts.get(model) ?? { recordings: 0, windows: 0 };
    this.#counts.set(model, { recordings: counts.recordings + recordings, windows: counts.windows + windows });
  }
}
