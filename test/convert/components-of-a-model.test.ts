import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildModel } from "../../src/convert/build-model.ts";
import { readManifest } from "../../src/convert/models-folder.ts";
import { readComponents } from "../../src/convert/readers/index.ts";
import { SEEDED } from "../../src/convert/seeded-models.ts";
import { extract } from "../../src/extract.ts";
import { catalogued } from "../../src/models/catalogue.ts";
import { projected } from "../../src/models/index.ts";
import { nodeRuntime } from "../../src/runtime.node.ts";
import { noise } from "../support/signals.ts";
import { thinWeights } from "../support/thin-models.ts";
import { SEEDED_PCA, writePcaNpz } from "../support/vggish-pca.ts";

let folder: string;
let models: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "orca-embeddings-pca-"));
  models = join(folder, "models");
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const build = (name: "vggish" | "yamnet", weights: "trained" | "seeded") =>
  buildModel(catalogued(name), thinWeights(name), { ...SEEDED, weights }, models);
/** VGGish as `models convert vggish --pca FILE` makes it. */
const buildWithPca = async () => {
  const components = await readComponents(await writePcaNpz(folder), 128);
  return buildModel(catalogued("vggish"), thinWeights("vggish"), { ...SEEDED, weights: "trained" }, models, {
    components,
  });
};
const RANGE = { lowest: -2, highest: 2 };
const AUDIO = { samples: noise(32_000, 0.3), rate: 16_000 };
const run = async (model: "vggish" | "yamnet", postprocess: "none" | "pca") =>
  extract(AUDIO, model, { runtime: await nodeRuntime(models), postprocess }).result();

test("stored parameters are used where they are asked for, and named in the header", async () => {
  const entry = await buildWithPca();
  const { components } = entry;
  expect(components).toMatchObject({ file: "vggish-components.f64", bytes: 132_096 });
  expect((await readManifest(models)).models).toEqual([entry]);
  expect((await readdir(models)).filter((file) => file.startsWith("."))).toEqual([]);

  const plain = await run("vggish", "none");
  expect(plain.header.postprocess).toBe("none");
  expect(plain.header).not.toHaveProperty("pca");
  expect(plain.embeddings.some((value) => !Number.isInteger(value))).toBe(true);

  const quantised = await run("vggish", "pca");
  expect(quantised.header).toMatchObject({ postprocess: "pca", pca: components?.sha256, embedding: 128 });
  expect(quantised.embeddings).toHaveLength(2 * 128);
  for (const row of [0, 128]) {
    const expected = projected(plain.embeddings.subarray(row, row + 128), SEEDED_PCA, RANGE);
    expect(quantised.embeddings.slice(row, row + 128)).toEqual(expected);
  }
  expect(new Set(quantised.embeddings).size).toBeGreaterThan(50);
});

test("the parameters are read once, and not for an embedding as it is", async () => {
  const file = (await buildWithPca()).components?.file ?? "";
  const runtime = await nodeRuntime(models);
  const ask = (postprocess: "none" | "pca") => extract(AUDIO, "vggish", { runtime, postprocess }).result();
  const kept = await readFile(join(models, file));
  await rm(join(models, file));
  await ask("none");
  await expect(ask("pca")).rejects.toMatchObject({ code: "models_missing" });
  await writeFile(join(models, file), kept);
  await ask("pca");
  await rm(join(models, file));
  await ask("pca");
});

test("changed parameters are refused", async () => {
  const file = (await buildWithPca()).components?.file ?? "";
  const bytes = await readFile(join(models, file));
  bytes[77] = (bytes[77] as number) ^ 1;
  await writeFile(join(models, file), bytes);
  await expect(run("vggish", "pca")).rejects.toMatchObject({
    code: "model_damaged",
    message: "vggish-components.f64 is not the file that the manifest describes.",
  });
});

test("building VGGish again leaves no parameters of the one before", async () => {
  await buildWithPca();
  await build("vggish", "trained");
  expect(await readdir(models)).not.toContain("vggish-components.f64");
  await expect(run("vggish", "pca")).rejects.toMatchObject({ code: "models_missing" });
});

test("without parameters the error says how to get them", async () => {
  await build("vggish", "seeded");
  await expect(run("vggish", "pca")).rejects.toMatchObject({
    code: "models_missing",
    field: "postprocess",
    message: expect.stringContaining("There are no principal components for this vggish of seeded weights"),
    hint: expect.stringContaining("--pca FILE"),
  });
});

test("other models have no post-processing", async () => {
  await build("yamnet", "seeded");
  await expect(run("yamnet", "pca")).rejects.toMatchObject({ code: "bad_option", field: "postprocess" });
  expect((await run("yamnet", "none")).header).not.toHaveProperty("postprocess");
});
