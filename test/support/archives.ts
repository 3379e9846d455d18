import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { endOfTar, tarMember } from "../convert/readers/tar-writer.ts";

/** A .tar.gz of a folder, as TF-Hub and Kaggle pack modules; `prefix` stands in front of every name. */
export async function tarGzOf(folder: string, prefix = "./"): Promise<Buffer> {
  const entries = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const members = await Promise.all(
    entries.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      return tarMember(`${prefix}${path.slice(folder.length + 1)}`, await readFile(path));
    }),
  );
  return gzipSync(Buffer.concat([...members, endOfTar]), { level: 1 });
}
