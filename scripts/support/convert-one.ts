/**
 * Converts one model in a process of its own, so that its memory can be measured:
 * `convert-one.ts MODEL PATH|seeded FOLDER` writes the model into FOLDER and prints, as JSON, its entry of the manifest,
 * the largest memory of the process in bytes, and the seconds that it took.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildModel } from "../../src/convert/build-model.ts";
import { openPublished } from "../../src/convert/published.ts";
import { SEEDED, seededModel } from "../../src/convert/seeded-models.ts";
import { catalogued } from "../../src/models/catalogue.ts";
import type { ModelEntry } from "../../src/models/index.ts";

export interface Converted {
  readonly entry: ModelEntry;
  readonly memory: number;
  readonly seconds: number;
}

/** Runs this file as a process. Its entry has the provenance of seeded weights, so that entries can be compared. */
export async function convertOne(id: string, path: string, folder: string): Promise<Converted> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), id, path, folder]);
  return JSON.parse(stdout) as Converted;
}

async function main(id: string, path: string, folder: string): Promise<Converted> {
  const model = catalogued(id);
  const published = path === "seeded" ? undefined : await openPublished(model, path);
  const entry = await buildModel(model, published?.weights ?? seededModel(model), SEEDED, folder);
  await published?.dispose();
  return { entry, memory: process.resourceUsage().maxRSS * 1024, seconds: performance.now() / 1000 };
}

const [, script, id, path, folder] = process.argv;
if (script === fileURLToPath(import.meta.url) && folder !== undefined) {
  console.log(JSON.stringify(await main(id as string, path as string, folder)));
}
