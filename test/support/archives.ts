import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
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

/** A .zip of a folder; `prefix` stands in front of every name. */
export async function zipOf(folder: string, prefix = ""): Promise<Uint8Array> {
  const entries = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const members = await Promise.all(
    entries.map(async ({ parentPath, name }): Promise<[string, Uint8Array]> => {
      const path = join(parentPath, name);
      return [`${prefix}${path.slice(folder.length + 1)}`, new Uint8Array(await readFile(path))];
    }),
  );
  return zipSync(Object.fromEntries(members), { level: 1 });
}
