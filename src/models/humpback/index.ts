import type { CataloguedModel } from "../catalogued-model.ts";
import { checks } from "./checks.ts";
import { description } from "./description.ts";
import { files } from "./files.ts";
import { frontEnd } from "./front-end.ts";
import { humpbackNames, SMOOTHER } from "./names.ts";
import { humpbackGraph, humpbackShapes } from "./net.ts";

export const model: CataloguedModel = {
  description,
  graph: humpbackGraph,
  shapes: humpbackShapes,
  names: humpbackNames,
  frontEnd,
  smoother: SMOOTHER,
  files,
  checks,
};
