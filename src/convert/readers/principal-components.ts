import type { PrincipalComponents } from "../../models/index.ts";
import { elementCount, shapeText } from "../weights.ts";
import { invalid } from "./invalid.ts";
import { type NpyArray, readNpz } from "./npz.ts";
import { openFile } from "./positioned-file.ts";

/** The published file is 69 KB or, as float64, twice that. */
const LARGEST = 1 << 24;

/**
 * Reads vggish_pca_params.npz (tensorflow/models research/audioset/vggish/vggish_postprocess.py). Throws
 * `weights_invalid` where an array is missing, has another shape or holds what is no number.
 */
export async function readComponents(path: string, size: number): Promise<PrincipalComponents> {
  const file = await openFile(path);
  try {
    if (file.size > LARGEST) throw invalid(file.name, LARGEST, "the file is larger than the published one.");
    const arrays = readNpz(await file.read(0, file.size), file.name);
    const eigenVectors = pick(arrays, "pca_eigen_vectors", size * size, size, file.name);
    return { eigenVectors, means: pick(arrays, "pca_means", size, size, file.name) };
  } finally {
    await file.close();
  }
}

/** The means are [size] or a column [size, 1]: only the count matters, and that a matrix is square. */
function pick(
  arrays: ReadonlyMap<string, NpyArray>,
  name: string,
  count: number,
  rows: number,
  file: string,
): Float64Array {
  const array = arrays.get(name);
  if (array === undefined) throw invalid(file, 0, `there is no array ${name} in it.`, "Is this vggish_pca_params.npz?");
  const { shape, values } = array;
  if (elementCount(shape) !== count || shape[0] !== rows) {
    throw invalid(
      file,
      0,
      `array ${name} has shape ${shapeText(shape)}; ${count} numbers in ${rows} rows were expected.`,
    );
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad !== -1) throw invalid(file, 0, `array ${name} has the value ${values[bad]} at element ${bad}.`);
  return Float64Array.from(values);
}
