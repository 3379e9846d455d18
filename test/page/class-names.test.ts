import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, expect, test } from "vitest";
import { layOutAssets } from "../../src/cli/workerd/assets.ts";
import { type PlainWorker, startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import { buildModel } from "../../src/convert/build-model.ts";
import { SEEDED } from "../../src/convert/seeded-models.ts";
import { catalogued } from "../../src/models/catalogue.ts";
import { namedClasses } from "../support/class-names.ts";
import { problem } from "../support/client.ts";
import { type Experiment, readBundle } from "../support/projector-reader.ts";
import { sceneWav } from "../support/recordings.ts";
import { thinWeights } from "../support/thin-models.ts";

let folder: string;
let worker: PlainWorker;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orca-classes-"));
  const models = join(folder, "models");
  const classes = { list: namedClasses(), source: "https://example.org/map.csv", licence: "Apache-2.0" };
  await buildModel(catalogued("yamnet"), thinWeights("yamnet"), { ...SEEDED, weights: "trained" }, models, { classes });
  await buildModel(catalogued("humpback"), thinWeights("humpback"), SEEDED, models);
  await layOutAssets(models, join(folder, "assets"));
  worker = await startPlainWorker(join(folder, "assets"));
}, 120_000);
afterAll(async () => {
  await worker?.stop();
  await rm(folder, { recursive: true, force: true });
});

test("the Worker names a model's classes where it has their list", async () => {
  const { models } = (await (await fetch(`${worker.url}/v1/models`)).json()) as {
    models: { name: string; classes: unknown }[];
  };
  expect(Object.fromEntries(models.map(({ name, classes }) => [name, classes]))).toEqual({
    yamnet: "/v1/models/yamnet/classes",
    humpback: null,
  });
  expect(await (await fetch(`${worker.url}/v1/models/yamnet/classes`)).json()).toEqual({
    model: "yamnet",
    classes: namedClasses(),
    source: "https://example.org/map.csv",
    licence: "Apache-2.0",
  });
  expect(await problem(await fetch(`${worker.url}/v1/models/humpback/classes`))).toMatchObject({
    status: 404,
    code: "not_found",
  });
  expect(await problem(await fetch(`${worker.url}/v1/models/perch/classes`))).toMatchObject({ code: "unknown_model" });
});

test("a bundle has the names without being given them", async () => {
  const response = await fetch(`${worker.url}/v1/projector?model=yamnet`, { method: "POST", body: sceneWav(2) });
  const files = unzipSync(new Uint8Array(await response.arrayBuffer()));
  const [{ metadata }] = readBundle((path) => files[path] as Uint8Array) as [Experiment];
  expect(metadata.rows.length).toBeGreaterThan(2);
  for (const { top_class } of metadata.rows) expect(top_class).toMatch(/^Sound \d+, as heard$/);
});
