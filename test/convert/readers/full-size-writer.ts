/**
 * `full-size-writer.ts v1|bundle PATH` writes VGGish's seeded weights at full size, in a process of its own, because it
 * holds them three times in memory.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { seededTensor } from "../../../src/convert/seeded.ts";
import { vggishShapes } from "../../../src/models/vggish/net.ts";
import { type Tensor, writeBundle, writeV1 } from "./checkpoint-writers.ts";

const [format, path = ""] = process.argv.slice(2);
const tensors = [...vggishShapes()].map(
  ([name, shape]): Tensor => ({ name, shape, values: seededTensor(name, shape) }),
);
if (format === "v1") await writeFile(path, writeV1(tensors));
else {
  const keyed = tensors.map((tensor, i) => ({ ...tensor, name: `_variables/${i}/.ATTRIBUTES/VARIABLE_VALUE` }));
  await mkdir(path);
  for (const [name, bytes] of Object.entries(writeBundle(keyed))) await writeFile(join(path, name), bytes);
}
