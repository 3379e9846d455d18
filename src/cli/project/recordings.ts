import { readdir, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { OrcaError } from "../../errors.ts";

/** What recordings are called; a file that is named itself may be called anything. */
const ENDINGS = new Set(
  "wav wave w64 flac ogg oga opus mp3 aac m4a mp4 ts webm mkv aif aiff caf".split(" ").map((ending) => `.${ending}`),
);

export interface Recording {
  readonly path: string;
  /** The file's name; where two have the same, the path as it was given. */
  readonly name: string;
}

/** Files as they are given, and all recordings below each folder by name. Throws `bad_option`. */
export async function recordingsOf(given: readonly string[]): Promise<Recording[]> {
  const paths: string[] = [];
  for (const path of given) {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) throw new OrcaError("bad_option", `${path}: there is no such file or folder.`);
    if (!found.isDirectory()) {
      paths.push(path);
      continue;
    }
    const files = await readdir(path, { recursive: true });
    const recordings = files.filter((file) => ENDINGS.has(extname(file).toLowerCase())).sort();
    if (recordings.length === 0) throw new OrcaError("bad_option", `${path}: no recording lies in this folder.`);
    paths.push(...recordings.map((file) => join(path, file)));
  }
  const count = new Map<string, number>();
  for (const path of paths) count.set(basename(path), (count.get(basename(path)) ?? 0) + 1);
  return paths.map((path) => ({ path, name: count.get(basename(path)) === 1 ? basename(path) : path }));
}
