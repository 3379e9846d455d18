import { readFile, rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { OrcaError, writingInto } from "../../errors.ts";
import { makeFolder } from "../../make-folder.node.ts";
import type { ClipShelf } from "../../watch/index.ts";
import { Draft } from "../draft.ts";

/** Room that sound leaves on its disk, bytes: events go on for months in it. */
const LEFT = 64 * 2 ** 20;

/** Sound and pictures of events in a folder. */
export class ClipFolder implements ClipShelf {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.#folder, name);
    await writingInto(this.#folder, () => makeFolder(dirname(path)));
    const { bavail, bsize } = await statfs(this.#folder);
    if (bavail * bsize < LEFT + bytes.length) {
      throw new OrcaError("unwritable", `${this.#folder} cannot be written to: the disk is almost full.`, {
        hint: "Make room: sound is kept again as soon as there is.",
      });
    }
    const draft = new Draft(path);
    try {
      await draft.write(bytes);
      await draft.keep();
    } catch (thrown) {
      await draft.drop();
      throw thrown;
    }
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    return readFile(join(this.#folder, name)).catch(() => undefined);
  }

  async delete(name: string): Promise<void> {
    await rm(join(this.#folder, name), { force: true });
  }
}
