/** What was dropped on the page or chosen: recordings, or a bundle. */
import { type BundleFiles, CONFIG, heldFiles } from "./bundle-files.ts";
import { zipEntries } from "./zip-entries.ts";

const MOST_FILES = 10_000;

/** Files by their paths, folders opened. */
export async function droppedFiles(transfer: DataTransfer): Promise<Map<string, File>> {
  const found = new Map<string, File>();
  // Entries are there during the event only: they are all taken before the first is waited for.
  const entries = [...transfer.items].map((item) => [item.webkitGetAsEntry?.(), item.getAsFile()] as const);
  const plain = [...transfer.files];
  for (const [entry, file] of entries) {
    if (entry?.isDirectory === true) await walk(entry as FileSystemDirectoryEntry, found);
    else if (file !== null) found.set(unique(file.name, found), file);
  }
  if (found.size === 0) for (const file of plain) found.set(unique(file.name, found), file);
  return found;
}

/** Files that were chosen, by their paths in the chosen folder where there is one. */
export function chosenFiles(files: Iterable<File>): Map<string, File> {
  const found = new Map<string, File>();
  for (const file of files) found.set(unique(file.webkitRelativePath || file.name, found), file);
  return found;
}

/** Files by their paths, to be read when they are needed. */
export interface HeldFiles {
  /** What they are called together. */
  readonly name: string;
  readonly files: ReadonlyMap<string, () => Promise<Blob>>;
  /** Whether they lie in an archive. */
  readonly archive: boolean;
}

/** Files as they are; of a single archive what lies in it. Throws `bundle_invalid` where that is damaged. */
export async function heldAmong(files: ReadonlyMap<string, File>): Promise<HeldFiles> {
  const [only] = files.values();
  if (files.size === 1 && only !== undefined && (await isZip(only)))
    return { name: only.name, files: await zipEntries(only.name, only), archive: true };
  const [path = ""] = files.keys();
  const held = new Map([...files].map(([path, file]) => [path, async () => file] as const));
  return { name: path.split("/")[0] ?? path, files: held, archive: false };
}

/** The bundle among files, where there is one. */
export function bundleAmong({ name, files, archive }: HeldFiles): BundleFiles | undefined {
  const config = [...files.keys()].find((path) => path.split("/").at(-1) === CONFIG);
  if (config === undefined) return undefined;
  return heldFiles(archive ? name : (config.split("/").at(-2) ?? "Bundle"), files);
}

async function isZip(file: Blob): Promise<boolean> {
  const [p, k, three, four] = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  return p === 0x50 && k === 0x4b && three === 3 && four === 4;
}

async function walk(folder: FileSystemDirectoryEntry, found: Map<string, File>): Promise<void> {
  const reader = folder.createReader();
  // A reader gives a hundred entries at a time, and none at the end.
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0 || found.size > MOST_FILES) return;
    for (const entry of entries) {
      if (entry.isDirectory) await walk(entry as FileSystemDirectoryEntry, found);
      else {
        const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
        found.set(entry.fullPath.replace(/^\//, ""), file);
      }
    }
  }
}

/** Two files of one name, from two folders, are both kept. */
function unique(name: string, found: ReadonlyMap<string, File>): string {
  for (let count = 2, path = name; ; path = `${count++}/${name}`) if (!found.has(path)) return path;
}
