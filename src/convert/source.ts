import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { dirname, relative } from "node:path";
import type { ModelEntry } from "../models/index.ts";
import { sha256OfFile } from "./hash.ts";

/**
 * What the manifest says of the files that weights were read from: of one file its sha256, of several that of the list
 * `SHA256  NAME` that sha256sum would print of them, and the list.
 */
export async function sourceOf(address: string, files: readonly string[]): Promise<ModelEntry["source"]> {
  const [first = "", ...more] = files;
  if (more.length === 0) return { address, sha256: await sha256OfFile(first) };
  // saved_model.pb comes first, and lies a folder above the others.
  const folder = dirname(first);
  const list = await Promise.all(
    files.map(async (path) => ({
      file: relative(folder, path),
      bytes: (await stat(path)).size,
      sha256: await sha256OfFile(path),
    })),
  );
  const text = list.map(({ file, sha256 }) => `${sha256}  ${file}\n`).join("");
  return { address, sha256: createHash("sha256").update(text).digest("hex"), files: list };
}
