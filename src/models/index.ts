/** The three published models as data: rates, windows, front ends. Their nets are in src/convert/nets/. */
import { humpback } from "./humpback.ts";
import type { Model, ModelName } from "./types.ts";
import { vggish } from "./vggish.ts";
import { yamnet } from "./yamnet.ts";

export const MODELS: Readonly<Record<ModelName, Model>> = { vggish, yamnet, humpback };
export { type ModelClass, packClasses, unpackClasses } from "./class-names.ts";
export {
  hopSeconds,
  MODEL_NAMES,
  type Model,
  type ModelName,
  type Tail,
  windowSamples,
  windowSeconds,
} from "./types.ts";
export {
  POSTPROCESSES,
  type Postprocess,
  packVggishPca,
  postprocessed,
  unpackVggishPca,
  type VggishPca,
} from "./vggish-pca.ts";
