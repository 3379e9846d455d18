/**
 * npm run workerd: writes a folder that plain workerd serves on any machine of this kind, without Node, npm or wrangler:
 * the Worker, its modules, the models, and workerd itself.
 *
 *   npm run workerd -- --out dist/workerd --address 127.0.0.1:8787 --models models/onnx [--hydrophones hydrophones.json]
 *     [--var NAME=VALUE ...]   any setting of docs/operating.md; --var TOKENS=@tokens.json takes a file's contents
 */
import { appendFile, copyFile, mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { layOutAssets } from "../src/cli/workerd/assets.ts";
import { workerdPath, writeWorkerdBundle } from "../src/cli/workerd/bundle.ts";
import { licencesOf } from "../src/cli/workerd/licences.ts";
import { checkSettings, givenVars } from "../src/cli/workerd/vars.ts";
import { MODELS_FOLDER } from "../src/runtime.node.ts";
import { buildKernels } from "./support/build.ts";
import { buildPage } from "./support/page.ts";

const { values } = parseArgs({
  options: {
    out: { type: "string", default: "dist/workerd" },
    address: { type: "string", default: "127.0.0.1:8787" },
    models: { type: "string", default: MODELS_FOLDER },
    hydrophones: { type: "string" },
    var: { type: "string", multiple: true, default: [] },
  },
});
const { out, address, models } = values;
const vars = await givenVars(values.var, { on: address.replace(/:\d+$/, "") });
if (values.hydrophones !== undefined) vars.HYDROPHONES = await readFile(values.hydrophones, "utf8");
// What a setting cannot be is said here, not by the Worker's first request.
checkSettings(vars);
const there: string[] = await readdir(out).catch(() => []);
if (there.length > 0 && !there.includes("config.capnp")) {
  console.error(`${out} holds something else. Give a folder that is new, or one of this command's own.`);
  process.exit(1);
}
await buildKernels();
await mkdir(out, { recursive: true });
await writeWorkerdBundle({
  folder: out,
  assets: join(out, "assets"),
  address,
  vars,
  collections: join(out, "collections"),
});
await mkdir(join(out, "collections"), { recursive: true });
await layOutAssets(models, join(out, "assets"));
await buildPage(join(out, "assets"));
await copyFile(workerdPath(), join(out, "workerd"));
await appendFile(join(out, "LICENCES.txt"), `\n${await licencesOf(["node_modules/workerd/"])}`);
console.log(`Written. Start it: cd ${out} && ./workerd serve config.capnp`);
