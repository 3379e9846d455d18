import { BATCH_NORM_EPSILON } from "../graph.ts";
import { DT_FLOAT, decode, type NodeProto } from "./checkpoint-proto.ts";
import { invalid } from "./invalid.ts";
import type { PositionedFile } from "./positioned-file.ts";
import { type BundleIndex, readBundleIndex, TensorBundle } from "./tensor-bundle.ts";
import type { TensorStore } from "./tensor-store.ts";

/** The bundle's entry that says which object each key belongs to. */
const OBJECT_GRAPH_KEY = "_CHECKPOINTABLE_OBJECT_GRAPH";
/** YAMNet's graph is 2.7 MB; nothing that is published comes near. */
const LARGEST_GRAPH = 1 << 28;
const EPSILON = Math.fround(BATCH_NORM_EPSILON);

/** The files of a SavedModel. `graph` is saved_model.pb; without it there are fewer names and checks. */
export interface SavedModelFiles {
  readonly graph?: PositionedFile;
  readonly index: PositionedFile;
  openShard(number: number, count: number): Promise<PositionedFile>;
}

/** What saved_model.pb adds to the bundle. */
interface GraphFacts {
  /** Variables' names by object number. */
  readonly names: ReadonlyMap<number, string>;
}

/**
 * A SavedModel's variables, with the names that people gave them. Takes over the files. The names come from the bundle's
 * object graph, which has a checksum; those of saved_model.pb, which has none, only come after them. Throws
 * `weights_invalid`.
 */
export async function openSavedModel(files: SavedModelFiles): Promise<TensorStore> {
  try {
    const facts = files.graph === undefined ? undefined : await readGraph(files.graph);
    const index = await readBundleIndex(files.index);
    const bundle = await TensorBundle.open(index, files.openShard);
    const close = async () => {
      await bundle.close();
      await closeFiles(files);
    };
    try {
      return storeOf(index, bundle, await readNames(index, bundle, facts), files.index.name, close);
    } catch (error) {
      await bundle.close();
      throw error;
    }
  } catch (error) {
    await closeFiles(files);
    throw error;
  }
}

async function closeFiles(files: SavedModelFiles): Promise<void> {
  await files.graph?.close();
  await files.index.close();
}

function storeOf(
  index: BundleIndex,
  bundle: TensorBundle,
  names: ReadonlyMap<string, readonly string[]>,
  file: string,
  close: () => Promise<void>,
): TensorStore {
  const entries = [...index.entries.values()].filter(({ key }) => key !== OBJECT_GRAPH_KEY);
  return {
    format: "saved-model",
    tensors: entries
      .filter(({ dtype, sliced }) => dtype === DT_FLOAT && !sliced)
      .map((entry) => ({
        key: entry.key,
        names: names.get(entry.key) ?? [],
        shape: entry.shape,
        declared: entry.declared,
        read: () => bundle.readFloats(entry),
      })),
    others: entries
      .filter(({ dtype, sliced }) => dtype !== DT_FLOAT || sliced)
      .map(({ key, dtype, sliced, declared }) => ({
        key,
        type: sliced ? "stored in parts" : `DataType ${dtype}`,
        declared,
      })),
    listed: { file, byteOffset: 0 },
    close,
  };
}

/**
 * Checkpoint key to names. Objects have the same numbers in the bundle's graph and in saved_model.pb: TensorFlow writes both
 * from one object graph (tensorflow/core/protobuf/trackable_object_graph.proto and saved_object_graph.proto).
 */
async function readNames(
  index: BundleIndex,
  bundle: TensorBundle,
  facts: GraphFacts | undefined,
): Promise<Map<string, string[]>> {
  const names = new Map<string, string[]>();
  const entry = index.entries.get(OBJECT_GRAPH_KEY);
  if (entry === undefined) return names;
  const { file, byteOffset } = entry.declared;
  const graph = decode("TrackableObjectGraph", await bundle.readString(entry), file, byteOffset);
  for (const [number, { attributes }] of graph.nodes.entries()) {
    for (const { fullName, checkpointKey } of attributes) {
      const saved = facts?.names.get(number);
      const known = [fullName, saved].filter((name) => name !== undefined && name !== "") as string[];
      names.set(checkpointKey, [...new Set(known.map((name) => name.replace(/:0$/, "")))]);
    }
  }
  return names;
}

/**
 * Reads saved_model.pb: the names of its variables. Throws `weights_invalid` where it is no SavedModel, or where a batch
 * norm has another epsilon than the nets are built with; none in the file is the operation's default, which is the same.
 */
export async function readGraph(file: PositionedFile): Promise<GraphFacts> {
  if (file.size > LARGEST_GRAPH) throw invalid(file.name, LARGEST_GRAPH, "the graph is larger than any published one.");
  const { metaGraphs } = decode("SavedModel", await file.read(0, file.size), file.name, 0);
  const meta = metaGraphs[0];
  if (meta === undefined) throw invalid(file.name, 0, "there is no graph in it: this is no SavedModel.");
  const functions = meta.graphDef?.library?.function ?? [];
  for (const node of [...(meta.graphDef?.node ?? []), ...functions.flatMap(({ nodeDef }) => nodeDef)]) {
    checkEpsilon(node, file.name);
  }
  const objects = [...(meta.objectGraphDef?.nodes ?? []).entries()];
  return {
    names: new Map(objects.flatMap(([number, { variable }]) => (variable === null ? [] : [[number, variable.name]]))),
  };
}

function checkEpsilon({ name, op, attr }: NodeProto, file: string): void {
  if (!op.startsWith("FusedBatchNorm")) return;
  const epsilon = attr.find(({ key }) => key === "epsilon")?.value?.f ?? EPSILON;
  if (epsilon === EPSILON) return;
  throw invalid(file, 0, `batch norm ${name} has epsilon ${epsilon}; ${BATCH_NORM_EPSILON} was expected.`);
}
