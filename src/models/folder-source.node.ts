import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { ModelSource } from "./model-source.ts";

/** Model files in a folder of this machine. */
export function folderSource(folder: string): ModelSource {
  return {
    name: `folder ${folder}`,
    async read(file) {
      try {
        return new Uint8Array(await readFile(join(folder, basename(file))));
      } catch (thrown) {
        if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return undefined;
        throw thrown;
      }
    },
  };
}
