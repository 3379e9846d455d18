import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { OrcaError } from "../errors.ts";
import type { PublishedModel } from "./published-model.ts";
import {
  isHdf5,
  isTable,
  type NamedWeights,
  namedWeights,
  openFile,
  openKerasHdf5,
  openSavedModel,
  openV1Checkpoint,
  type PositionedFile,
  type PublishedFormat,
  reason,
  type TensorStore,
  unpackTarGz,
  unpackZip,
} from "./readers/index.ts";

const FORMATS =
  "A V1 checkpoint (vggish_model.ckpt), a Keras file (yamnet.h5), a SavedModel's folder, its .tar.gz or its .zip can be read.";
/** A SavedModel may lie in a folder of the folder that was given: archives and caches add one or two. */
const DEEPEST = 3;

/** A model's published weights, open until `dispose`. */
export interface Published extends NamedWeights {
  readonly format: PublishedFormat;
  /** The file or files that hold it: the one that was given, or those of a SavedModel's folder. */
  readonly files: readonly string[];
  /** The list of classes that the SavedModel carries, where it does; there until `dispose`. */
  readonly classes: string | undefined;
  /** Closes the files and removes what was unpacked. */
  dispose(): Promise<void>;
}

/**
 * Opens the published weights of a model: a V1 checkpoint, a Keras HDF5 file, a SavedModel's folder (or one with its
 * `variables` alone), a .tar.gz or a .zip of one, told apart by what is in them. All tensors are there with the right shapes when
 * this returns; their numbers are checked when they are read. Throws `weights_invalid` with the file, the byte and the
 * tensor.
 */
export async function openPublished(model: PublishedModel, path: string): Promise<Published> {
  const cleanups: (() => Promise<void>)[] = [];
  const dispose = async () => {
    while (cleanups.length > 0) await cleanups.pop()?.();
  };
  try {
    const { store, files, classes } = await openStore(path, model.files.classes?.file, cleanups);
    cleanups.push(() => store.close());
    const named = await namedWeights(model, store);
    checkFrontEnd(model, named.frontEnd, basename(path));
    return { ...named, format: store.format, files, classes, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The kernels smooth with the description's s: weights that were trained with another one would be fed something else. */
function checkFrontEnd(model: PublishedModel, found: NamedWeights["frontEnd"], file: string): void {
  const { frontEnd } = model.description;
  if (found === undefined || frontEnd.kind !== "pcen" || found.smooth === Math.fround(frontEnd.smooth)) return;
  throw new OrcaError(
    "weights_invalid",
    `${file}: the weights were trained with a PCEN smoothing of ${found.smooth}; the front end here has ${frontEnd.smooth}.`,
    { hint: "Is this another version of the model?" },
  );
}

interface OpenStore {
  readonly store: TensorStore;
  readonly files: readonly string[];
  readonly classes?: string | undefined;
}

async function openStore(
  path: string,
  list: string | undefined,
  cleanups: (() => Promise<void>)[],
): Promise<OpenStore> {
  if (await isFolder(path)) return openFolder(path, list);
  const file = await openFile(path);
  let unpack: ((path: string, folder: string) => Promise<unknown>) | undefined;
  try {
    if (await isHdf5(file)) return { store: await openKerasHdf5(file), files: [path] };
    if (await isTable(file)) {
      if (!path.endsWith(".index")) return { store: await openV1Checkpoint(file), files: [path] };
      await file.close();
      return await openVariables(dirname(path), list);
    }
    unpack = (await isGzip(file)) ? unpackTarGz : (await isZip(file)) ? unpackZip : undefined;
    if (unpack === undefined) throw unknownFormat(file);
    await file.close();
  } catch (error) {
    await file.close();
    throw error;
  }
  const folder = await mkdtemp(join(tmpdir(), "orca-embeddings-"));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  await unpack(path, folder);
  return { ...(await openFolder(folder, list, path)), files: [path] };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    throw new OrcaError("weights_invalid", `${path} cannot be opened: ${reason(cause)}.`, { hint: FORMATS, cause });
  }
}

async function isGzip(file: PositionedFile): Promise<boolean> {
  if (file.size < 2) return false;
  const [a, b] = await file.read(0, 2);
  return a === 0x1f && b === 0x8b;
}

/** A local file header, with which every archive begins that is not empty: APPNOTE.TXT 4.3.7. */
async function isZip(file: PositionedFile): Promise<boolean> {
  if (file.size < 4) return false;
  return Buffer.from(await file.read(0, 4)).equals(Buffer.from("PK\x03\x04", "latin1"));
}

function unknownFormat({ name, size }: PositionedFile): OrcaError {
  const what = size === 0 ? "is empty" : "is in no format in which a model is published, or its end is missing";
  const hint = name.endsWith(".pb") ? "Give the folder that it is in: a SavedModel is more than this file." : FORMATS;
  return new OrcaError("weights_invalid", `${name} ${what}.`, { byteOffset: 0, hint });
}

/** `name` is what the user gave, where the folder is only what it was unpacked to. */
async function openFolder(folder: string, list: string | undefined, name = folder): Promise<OpenStore> {
  const found = await variableFolders(folder, DEEPEST);
  const [first] = found;
  if (first !== undefined && found.length === 1) return openVariables(first, list);
  const what = found.length === 0 ? "no variables.index" : `${found.length} files variables.index`;
  throw new OrcaError("weights_invalid", `${name} has ${what} in it; a SavedModel has one.`, { hint: FORMATS });
}

/** Folders at `folder` or below it that have a variables.index. */
async function variableFolders(folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const here = entries.some((entry) => entry.isFile() && entry.name === "variables.index") ? [folder] : [];
  if (depth === 0) return here;
  const below = entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
  return [...here, ...(await Promise.all(below.map((path) => variableFolders(path, depth - 1)))).flat()];
}

/** `folder` has variables.index and its shards; saved_model.pb is beside the folder, or missing. */
async function openVariables(folder: string, list: string | undefined): Promise<OpenStore> {
  const graph = join(dirname(folder), "saved_model.pb");
  const hasGraph = basename(folder) === "variables" && (await stat(graph).catch(() => undefined))?.isFile() === true;
  const index = join(folder, "variables.index");
  const store = await openSavedModel({
    index: await openFile(index),
    ...(hasGraph ? { graph: await openFile(graph) } : {}),
    openShard: (number, count) => openFile(join(folder, shardName(number, count))),
  });
  const classes = list === undefined ? "" : join(dirname(folder), "assets", list);
  const hasClasses =
    classes !== "" &&
    basename(folder) === "variables" &&
    (await stat(classes).catch(() => undefined))?.isFile() === true;
  const shards = (await readdir(folder)).filter((file) => file.startsWith("variables.data-")).sort();
  return {
    store,
    files: [...(hasGraph ? [graph] : []), index, ...shards.map((file) => join(folder, file))],
    classes: hasClasses ? classes : undefined,
  };
}

function shardName(number: number, count: number): string {
  const digits = (value: number) => String(value).padStart(5, "0");
  return `variables.data-${digits(number)}-of-${digits(count)}`;
}
