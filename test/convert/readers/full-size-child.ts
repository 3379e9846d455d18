/**
 * One step of full-size.test.ts, in a process of its own so that its memory can be measured:
 * `write v1|bundle PATH` writes VGGish's seeded weights at full size, `convert PATH` and `seeded` write the model to
 * nowhere. Prints its sha256 and the largest memory of the process in bytes, as JSON.
 */
import { createHash } from "node:crypto";
import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import type { Graph } from "../../../src/convert/graph.ts";
import { vggishGraph, vggishShapes } from "../../../src/convert/nets/vggish.ts";
import { writeOnnx } from "../../../src/convert/onnx-writer.ts";
import { openPublished } from "../../../src/convert/published.ts";
import { seededTensor, seededWeights } from "../../../src/convert/seeded.ts";
import { type Tensor, writeBundle, writeV1 } from "./checkpoint-writers.ts";

const [step, a = "", b = ""] = process.argv.slice(2);

async function sha256(graph: Graph): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of writeOnnx(graph)) hash.update(bytes);
  return hash.digest("hex");
}

async function writeFileOf(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  const handle = await open(path, "w");
  for (const piece of pieces) await handle.writeFile(piece);
  await handle.close();
}

async function write(format: string, path: string): Promise<void> {
  const tensors = [...vggishShapes()].map(
    ([name, shape]): Tensor => ({ name, shape, values: seededTensor(name, shape) }),
  );
  if (format === "v1") return writeFileOf(path, writeV1(tensors));
  const keyed = tensors.map((tensor, i) => ({ ...tensor, name: `_variables/${i}/.ATTRIBUTES/VARIABLE_VALUE` }));
  await mkdir(path);
  for (const [name, bytes] of Object.entries(writeBundle(keyed))) await writeFileOf(join(path, name), [bytes]);
}

let sha = "";
if (step === "write") await write(a, b);
if (step === "seeded") sha = await sha256(vggishGraph(seededWeights(vggishShapes())));
if (step === "convert") {
  const { weights, dispose } = await openPublished("vggish", a);
  sha = await sha256(vggishGraph(weights));
  await dispose();
}
console.log(JSON.stringify({ sha256: sha, bytes: process.resourceUsage().maxRSS * 1024 }));
