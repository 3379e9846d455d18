/**
 * npm run page: the page as a static site in dist/site, which any host of files serves.
 *
 *   npm run page -- --models yamnet --variants int8 --out FOLDER
 */
import { parseArgs } from "node:util";
import { prepareModels } from "../src/cli/models/prepare.ts";
import { namesIn } from "../src/options/index.ts";
import { MODELS_FOLDER } from "../src/runtime.node.ts";
import { buildKernels } from "./support/build.ts";
import { buildSite } from "./support/site.ts";

const { values } = parseArgs({
  options: {
    out: { type: "string", default: "dist/site" },
    models: { type: "string" },
    variants: { type: "string", default: "int8" },
  },
});
await buildKernels();
await prepareModels({ models: MODELS_FOLDER, offline: true }, console.log);
const only = values.models === undefined ? undefined : namesIn(values.models);
await buildSite(values.out, { models: MODELS_FOLDER, only, variants: namesIn(values.variants) });
console.log(
  `The page is in ${values.out}: serve that folder with HTTPS, or from loopback. It needs no server of its own.`,
);
