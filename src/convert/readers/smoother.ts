import { shapeText } from "../weights.ts";
import { invalid } from "./invalid.ts";
import type { StoredTensor } from "./tensor-store.ts";

/** Float32 holds s and 1 - s each to half a unit in the last place; their sum is off by no more than this. */
const ROUNDING = 2 ** -23;

/**
 * Humpback's PCEN smooths with a recurrent layer M = E W + M' R whose matrices are published as W = s I and
 * R = (1 - s) I (leaf_pcen.py: identity initialisers, not trained). Gives s, 0 to 1. Throws `weights_invalid` where they
 * are anything else, because then 64 separate smoothers would compute something else.
 */
export async function readSmoothing(kernel: StoredTensor, recurrent: StoredTensor): Promise<number> {
  const smooth = await readScaledIdentity(kernel);
  const kept = await readScaledIdentity(recurrent);
  if (smooth > 0 && smooth <= 1 && Math.abs(smooth + kept - 1) <= ROUNDING) return smooth;
  const { file, byteOffset } = recurrent.declared;
  throw invalid(
    file,
    byteOffset,
    `the smoother's matrices have ${smooth} and ${kept} on their diagonals, which is not s and 1 - s.`,
  );
}

async function readScaledIdentity(tensor: StoredTensor): Promise<number> {
  const { key, shape, declared } = tensor;
  const [rows, columns] = shape;
  if (shape.length !== 2 || rows === undefined || rows !== columns || rows < 1) {
    throw invalid(
      declared.file,
      declared.byteOffset,
      `the smoother ${key} has shape ${shapeText(shape)}; a square was expected.`,
    );
  }
  const { values, place } = await tensor.read();
  const scale = values[0] as number;
  const bad = values.findIndex((value, i) => value !== (i % (rows + 1) === 0 ? scale : 0));
  if (bad === -1) return scale;
  throw invalid(
    place.file,
    place.byteOffset + 4 * bad,
    `the smoother ${key} is not a multiple of the identity: ${values[bad]} in row ${Math.floor(bad / rows)}, column ${bad % rows}.`,
  );
}
