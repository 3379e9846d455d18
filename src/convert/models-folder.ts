import { createHash } from "node:crypto";
import { open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  MANIFEST_FILE,
  MANIFEST_FORMAT,
  type Manifest,
  type ManifestFile,
  type ModelEntry,
  parseManifest,
  servedFiles,
} from "../models/index.ts";
import { sha256OfFile } from "./hash.ts";

/** The manifest in `folder`, or an empty one. */
export async function readManifest(folder: string): Promise<Manifest> {
  try {
    return parseManifest(await readFile(join(folder, MANIFEST_FILE), "utf8"));
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT")
      return { format: MANIFEST_FORMAT, models: [] };
    throw thrown;
  }
}

/** Every file of a model. */
export function filesOf(entry: ModelEntry): ManifestFile[] {
  return [...servedFiles(entry), ...Object.values(entry.variants).flatMap(({ onnx }) => (onnx ? [onnx] : []))];
}

/** A folder beside the models in which this process writes the files of one. */
export function workFolder(folder: string, name: string): string {
  return join(folder, `.building-${name}-${process.pid}`);
}

/**
 * Makes the files in `work` part of the model of `folder`, in one step: they go to names that nothing else has, then the
 * manifest that lists them is renamed into place, then what the model had before is removed. Files of the entry that are
 * not in `work` are in the folder already. A process that is killed at any time leaves the model before or this one.
 * Gives the entry with the names that were taken.
 */
export async function publish(folder: string, work: string, entry: ModelEntry): Promise<ModelEntry> {
  const manifest = await readManifest(folder);
  const fresh = new Set(await readdir(work));
  const published = await withFreeNames(folder, entry, fresh);
  const names = filesOf(published).map(({ file }) => file);
  for (const [at, { file }] of filesOf(entry).entries()) {
    if (fresh.has(file)) await rename(join(work, file), join(folder, names[at] as string));
  }
  const models = [...manifest.models.filter((model) => model.description.id !== entry.description.id), published];
  models.sort((a, b) => a.description.id.localeCompare(b.description.id));
  await writeManifest(folder, { ...manifest, models });
  for (const file of await readdir(folder)) {
    if (file.startsWith(`${entry.description.id}-`) && !names.includes(file)) await rm(join(folder, file));
  }
  return published;
}

/** Removes what processes that are no more have left half done. */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const file of await readdir(folder)) {
    const [, pid] = /^(?:\.building-[a-z0-9._-]+-|manifest\.json\.)(\d+)$/.exec(file) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(folder, file), { recursive: true, force: true });
  }
}

/** Puts a manifest in the place of the one that is there, in one step. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const draft = join(folder, `${MANIFEST_FILE}.${process.pid}`);
  const handle = await open(draft, "w");
  try {
    await handle.writeFile(`${JSON.stringify(manifest, undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, join(folder, MANIFEST_FILE));
}

/** The plain names of `fresh` files, or, where other bytes have one of them, names with a part of the hash of all. */
async function withFreeNames(folder: string, entry: ModelEntry, fresh: ReadonlySet<string>): Promise<ModelEntry> {
  const files = filesOf(entry).filter(({ file }) => fresh.has(file));
  const free = await Promise.all(files.map((file) => isFree(folder, file)));
  if (free.every(Boolean)) return entry;
  const hash = createHash("sha256");
  for (const { sha256 } of files) hash.update(sha256);
  const mark = hash.digest("hex").slice(0, 8);
  return renamed(entry, (file) => (fresh.has(file) ? file.replace(".", `-${mark}.`) : file));
}

/** The entry with other file names. */
function renamed(entry: ModelEntry, rename: (file: string) => string): ModelEntry {
  const one = <Kept extends ManifestFile>(file: Kept): Kept => ({ ...file, file: rename(file.file) });
  const mapped = <From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To) =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
  const { licenceText, components, classes } = entry;
  return {
    ...entry,
    ...(licenceText === undefined ? {} : { licenceText: one(licenceText) }),
    ...(components === undefined ? {} : { components: one(components) }),
    ...(classes === undefined ? {} : { classes: one(classes) }),
    variants: mapped(entry.variants, ({ onnx, artefacts, ...rest }) => ({
      ...rest,
      ...(onnx === undefined ? {} : { onnx: one(onnx) }),
      artefacts: mapped(artefacts, (artefact) => ({ ...artefact, pieces: artefact.pieces.map(one) })),
    })),
  };
}

/** Whether `file` can be put into `folder` without a change to what is there. */
async function isFree(folder: string, { file, bytes, sha256 }: ManifestFile): Promise<boolean> {
  const path = join(folder, file);
  const there = await stat(path).catch(() => undefined);
  return there === undefined || (there.size === bytes && (await sha256OfFile(path)) === sha256);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // EPERM: somebody else's process.
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
}
