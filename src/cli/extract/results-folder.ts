import { rmSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { writingInto } from "../../errors.ts";
import { makeFolder } from "../../make-folder.node.ts";
import { STATE_FOLDER } from "../recordings/index.ts";
import { Lock } from "./lock.ts";
import { Manifest } from "./manifest.ts";

const DRAFTS = "drafts-";

/** A folder of results, held by this run alone, with its manifest and a place for what is not whole yet. */
export class ResultsFolder {
  readonly manifest: Manifest;
  /** Of this run only: a process of a killed one that is not gone yet writes elsewhere. */
  readonly drafts: string;
  readonly #lock: Lock;

  private constructor(manifest: Manifest, drafts: string, lock: Lock) {
    this.manifest = manifest;
    this.drafts = drafts;
    this.#lock = lock;
  }

  /** Throws `busy` where another run holds it, `unwritable`. What killed runs left half done goes. */
  static open(out: string): Promise<ResultsFolder> {
    return writingInto(out, () => ResultsFolder.#open(out));
  }

  static async #open(out: string): Promise<ResultsFolder> {
    const state = join(out, STATE_FOLDER);
    await makeFolder(state);
    const lock = await Lock.take(join(state, "lock"));
    try {
      const left = (await readdir(state)).filter((name) => name.startsWith(DRAFTS));
      for (const name of left) await rm(join(state, name), { recursive: true, force: true });
      const drafts = join(state, `${DRAFTS}${crypto.randomUUID()}`);
      await mkdir(drafts);
      return new ResultsFolder(await Manifest.open(join(state, "manifest.ndjson")), drafts, lock);
    } catch (thrown) {
      lock.release();
      throw thrown;
    }
  }

  async close(): Promise<void> {
    await this.manifest.close();
    this.abandon();
  }

  /** At once, for a process that is about to end. */
  abandon(): void {
    rmSync(this.drafts, { recursive: true, force: true });
    this.#lock.release();
  }
}
