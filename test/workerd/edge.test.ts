import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DevWorker, startDevWorker } from "../../scripts/support/dev-worker.ts";
import { formMemory } from "../../src/cli/models/memory.ts";
import { MODEL_NAMES } from "../../src/models/index.ts";
import { embedded, post, problem } from "../support/client.ts";
import { sceneWav } from "../support/recordings.ts";
import { assetsFolder, seededFolder } from "../support/test-models.ts";

if (process.platform !== "linux") console.warn("Skipped: memory of workerd, because it is read from Linux' /proc.");

describe.skipIf(process.platform !== "linux")("memory of workerd", () => {
  test.each(MODEL_NAMES)("%s edge: a process grows by less than 128 MB", async (name) => {
    const growth = await formMemory(name, "edge", "ort", seededFolder);
    console.log(`${name} edge: workerd grew by ${(growth / 1e6).toFixed(0)} MB`);
    expect(growth).toBeLessThan(128e6);
    // Not an empty measurement: onnxruntime's code alone is more.
    expect(growth).toBeGreaterThan(10e6);
  });
});

describe("a Worker set to edge", () => {
  let worker: DevWorker;
  beforeAll(async () => {
    worker = await startDevWorker({ assets: assetsFolder, vars: { VARIANT: "edge" } });
  });
  afterAll(() => worker?.stop());

  const loaded = async () => {
    const { models } = (await (await fetch(`${worker.url}/healthz`)).json()) as {
      models: { name: string; variant: string }[];
    };
    return models.map(({ name, variant }) => `${name} ${variant}`);
  };

  test("serves edge where nothing else is asked for, names it, and never loads fp32", async () => {
    for (const name of ["yamnet", "humpback"]) {
      const { header, windows } = await embedded(worker.url, sceneWav(4), { query: `model=${name}` });
      expect(header).toMatchObject({ model: name, variant: "edge" });
      expect(windows.length).toBeGreaterThan(0);
    }
    expect(await loaded()).toEqual(["yamnet edge", "humpback edge"]);
  });

  test("the request's choice goes first, and gives other numbers under another sha256", async () => {
    const edge = await embedded(worker.url, sceneWav(4));
    const exact = await embedded(worker.url, sceneWav(4), { query: "model=yamnet&variant=fp32" });
    expect(exact.header.variant).toBe("fp32");
    expect(exact.header.sha256).not.toBe(edge.header.sha256);
    expect(exact.windows[0]?.embedding).not.toEqual(edge.windows[0]?.embedding);
    expect(await loaded()).toContain("yamnet fp32");
  });

  test("a variant that is not there: a typed error that names those that are", async () => {
    const response = await post(worker.url, sceneWav(1), { query: "model=yamnet&variant=int4" });
    expect(response.status).toBe(400);
    expect(await problem(response)).toMatchObject({
      code: "unknown_variant",
      field: "variant",
      hint: "There is: fp32 (ort, kernels), edge (ort), int8 (kernels).",
    });
  });
});
