import type { CataloguedModel } from "../catalogued-model.ts";
import { checks } from "./checks.ts";
import { description } from "./description.ts";
import { files } from "./files.ts";
import { vggishNames } from "./names.ts";
import { vggishGraph, vggishShapes } from "./net.ts";

export const model: CataloguedModel = {
  description,
  graph: vggishGraph,
  shapes: vggishShapes,
  names: vggishNames,
  files,
  checks,
};
