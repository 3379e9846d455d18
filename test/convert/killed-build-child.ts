/**
 * Builds thin YAMNet into the folder of argument 1 and is killed, as by a power cut, before its step number argument 2:
 * steps are the calls of the file system that change what is there. Prints the number of steps where it came to its end.
 */
import { createRequire, syncBuiltinESMExports } from "node:module";
import { seededTensor } from "../../src/convert/seeded.ts";
import { catalogued } from "../../src/models/catalogue.ts";
import { GOOGLES } from "../../src/models/googles-licence.ts";
import { changedWeights, thinWeights } from "../support/thin-models.ts";

const [, , folder = "", last = ""] = process.argv;
const promises = createRequire(import.meta.url)("node:fs/promises") as Record<string, unknown>;
let step = 0;
for (const name of ["mkdir", "open", "writeFile", "rename", "rm"]) {
  const real = promises[name] as (...args: unknown[]) => Promise<unknown>;
  promises[name] = (...args: unknown[]) => {
    if (step++ === Number(last)) process.kill(process.pid, "SIGKILL");
    return real(...args);
  };
}
syncBuiltinESMExports();

const { buildModel } = await import("../../src/convert/build-model.ts");
const provenance = { weights: "trained", source: { address: "new", sha256: null }, licence: GOOGLES } as const;
const bias = seededTensor("another/bias", [521]);
await buildModel(
  catalogued("yamnet"),
  changedWeights(thinWeights("yamnet"), "logits/bias", [521], bias),
  provenance,
  folder,
);
console.log(step);
