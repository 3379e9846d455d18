import type { CataloguedModel } from "../catalogue.ts";
import { checks } from "./checks.ts";
import { description } from "./description.ts";
import { files } from "./files.ts";

import { vggishNames } from "./names.ts";
import { vggishGraph, vggishShapes } from "./net.ts";

export const vggish: CataloguedModel = {
  description,
  graph: vggishGraph,
  shapes: vggishShapes,
  names: vggishNames,

  files,
  checks,
};
