import type { CataloguedModel } from "../catalogued-model.ts";
import { checks } from "./checks.ts";
import { description } from "./description.ts";
import { files } from "./files.ts";
import { yamnetNames } from "./names.ts";
import { yamnetGraph, yamnetShapes } from "./net.ts";

export const model: CataloguedModel = {
  description,
  graph: yamnetGraph,
  shapes: yamnetShapes,
  names: yamnetNames,
  files,
  checks,
};
