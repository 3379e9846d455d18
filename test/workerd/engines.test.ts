import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PlainWorker, startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import { residentMemory } from "../../src/cli/workerd/process.ts";
import { extract } from "../../src/extract.ts";
import type { Manifest } from "../../src/models/index.ts";
import { nodeRuntime } from "../../src/runtime.node.ts";
import { embedded, post, problem } from "../support/client.ts";
import { noise, sceneWav } from "../support/recordings.ts";
import { assetsFolder, seededFolder } from "../support/test-models.ts";

interface Health {
  readonly engine: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly models: readonly {
    readonly name: string;
    readonly variant: string;
    readonly engine: string;
    readonly memory: number;
  }[];
}
const healthOf = async ({ url }: PlainWorker) => (await (await fetch(`${url}/healthz`)).json()) as Health;

/** The tests' assets, with the end of YAMNet's packed fp32 changed by `change`, and a manifest that says so. */
async function changedAssets(change: (bytes: Buffer) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "orca-changed-"));
  await cp(join(assetsFolder, "models"), join(folder, "models"), { recursive: true });
  const path = join(folder, "models/manifest.json");
  const manifest = JSON.parse(await readFile(path, "utf8")) as Manifest;
  const packed = manifest.models.find(({ description }) => description.id === "yamnet")?.variants.fp32?.artefacts
    .kernels;
  const piece = packed?.pieces.at(-1);
  if (piece === undefined) throw new Error("no packed YAMNet");
  const file = join(folder, "models", piece.file);
  const bytes = await readFile(file);
  change(bytes);
  await rm(file);
  await writeFile(file, bytes);
  piece.sha256 = createHash("sha256").update(bytes).digest("hex");
  await rm(path);
  await writeFile(path, JSON.stringify(manifest));
  return folder;
}

describe("a Worker with both engines", () => {
  let worker: PlainWorker;
  beforeAll(async () => {
    worker = await startPlainWorker(assetsFolder, {
      ENGINE: "ort",
      ENGINES: "ort,kernels",
      MAX_MODEL_BYTES: "100000000",
    });
  });
  afterAll(() => worker?.stop());

  test("the request chooses; the header, /healthz and /v1/models name what there is", async () => {
    const ort = await embedded(worker.url, sceneWav(2), { query: "model=yamnet" });
    expect(ort.header.engine).toMatch(/^onnxruntime-web /);
    const kernels = await embedded(worker.url, sceneWav(2), { query: "model=yamnet&engine=kernels" });
    expect(kernels.header).toMatchObject({
      engine: expect.stringMatching(/^orca-kernels \S+ relaxed$/),
      variant: "fp32",
    });
    expect(kernels.header.sha256).toBe(ort.header.sha256);
    const { engine, engines, models } = await healthOf(worker);
    expect(engine).toBe(ort.header.engine);
    expect(engines).toEqual({ ort: ort.header.engine, kernels: kernels.header.engine });
    expect(models.map((model) => `${model.name} ${model.variant} ${model.engine}`)).toEqual([
      "yamnet fp32 ort",
      "yamnet fp32 kernels",
    ]);
    const listed = (await (await fetch(`${worker.url}/v1/models`)).json()) as {
      models: { name: string; variants: { name: string; engines: { name: string; bytes: number }[] }[] }[];
    };
    const variants = listed.models.find(({ name }) => name === "yamnet")?.variants ?? [];
    expect(variants.map(({ name, engines: by }) => `${name}: ${by.map((each) => each.name)}`)).toEqual([
      "fp32: kernels,ort",
      "int8: kernels",
    ]);
  });

  test.each(["fp32", "int8"])("%s by the kernels: the bits of Node", async (variant) => {
    const query = `model=yamnet&engine=kernels&variant=${variant}&encoding=base64`;
    const { windows } = await embedded(worker.url, sceneWav(3), { query });
    const options = { engine: "kernels", variant } as const;
    const { embeddings } = await extract(sceneWav(3), "yamnet", {
      runtime: await nodeRuntime(seededFolder),
      ...options,
    }).result();
    expect(windows.flatMap(({ embedding }) => Array.from(embedding))).toEqual(Array.from(embeddings));
  });

  test("a variant that the engine does not run, and an engine that there is not", async () => {
    const wrong = await post(worker.url, sceneWav(1), { query: "model=yamnet&variant=int8" });
    expect(wrong.status).toBe(400);
    expect(await problem(wrong)).toMatchObject({
      code: "unknown_variant",
      hint: "There is: fp32 (kernels, ort), int8 (kernels).",
    });
    const none = await post(worker.url, sceneWav(1), { query: "model=yamnet&engine=tpu" });
    expect(await problem(none)).toMatchObject({
      code: "bad_option",
      field: "engine",
      hint: "Engines are: auto, kernels, ort.",
    });
  });

  test("models make room for each other within the operator's limit, and their memory comes back", async () => {
    const names = async () =>
      (await healthOf(worker)).models.map((model) => `${model.name} ${model.variant} ${model.engine}`);
    const use = (query: string) => embedded(worker.url, sceneWav(4), { query });
    await use("model=yamnet");
    await use("model=vggish&variant=int8&engine=kernels");
    // VGGish in int8 leaves no room for YAMNet in onnxruntime-web, and what was used before that goes first.
    expect(await names()).toEqual(["vggish int8 kernels"]);
    await use("model=humpback&variant=int8&engine=kernels");
    expect(await names()).toEqual(["humpback int8 kernels"]);
    const { models } = await healthOf(worker);
    expect(models.reduce((sum, { memory }) => sum + memory, 0)).toBeLessThan(100e6);
    const large = await post(worker.url, sceneWav(1), { query: "model=vggish" });
    expect(await problem(large)).toMatchObject({
      code: "engine_failed",
      hint: expect.stringContaining("MAX_MODEL_BYTES"),
    });
    if (process.platform !== "linux") return;
    const before = await residentMemory(worker.pid);
    for (let round = 0; round < 4; round++) {
      await use("model=vggish&variant=int8&engine=kernels");
      await use("model=humpback&variant=int8&engine=kernels");
    }
    const growth = (await residentMemory(worker.pid)) - before;
    console.log(`after eight changes of models workerd grew by ${(growth / 1e6).toFixed(0)} MB`);
    // Without being given back it would be 400 MB.
    expect(growth).toBeLessThan(200e6);
  });
});

describe("a Worker with the kernels alone for its requests", () => {
  let worker: PlainWorker;
  let folder = "";
  beforeAll(async () => {
    // One of the numbers that the self-check expects, the last before the 521 scores, in another exponent.
    folder = await changedAssets((bytes) => {
      bytes[bytes.length - 4 * 521 - 1] = 0x45;
    });
    worker = await startPlainWorker(folder, { ENGINE: "kernels" });
  });
  afterAll(async () => {
    await worker?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("engine=ort is not allowed, and not loaded", async () => {
    const refused = await post(worker.url, sceneWav(1), { query: "model=yamnet&engine=ort" });
    expect(refused.status).toBe(400);
    expect(await problem(refused)).toMatchObject({ code: "bad_option", field: "engine" });
    expect((await healthOf(worker)).engines).toEqual({ kernels: expect.stringMatching(/^orca-kernels /) });
  });

  test("a model whose numbers are not those of its self-check is not served", async () => {
    const refused = await post(worker.url, sceneWav(1), { query: "model=yamnet" });
    expect(refused.status).toBe(500);
    expect(await problem(refused)).toMatchObject({
      code: "engine_failed",
      detail: expect.stringMatching(/^The self-check of yamnet \(fp32\) failed: embedding\[1023\] is /),
      hint: expect.stringContaining("use the ort engine"),
    });
    const records = extract(sceneWav(1), "yamnet", {
      runtime: await nodeRuntime(join(folder, "models")),
      engine: "kernels",
    });
    await expect(records.result()).rejects.toMatchObject({ code: "engine_failed" });
  });

  test("1,000 windows: memory is the same as after the first", async () => {
    // 48 s of noise at 16 kHz are 100 windows; they are sent ten times over as one recording.
    const part = new Uint8Array(noise(100 * 7680, 5).buffer);
    async function* recording(times: number) {
      for (let at = 0; at < times; at++) yield part;
    }
    const memory = async () => (await healthOf(worker)).models.find(({ name }) => name === "yamnet")?.memory;
    const count = async (times: number) => {
      const query = "model=yamnet&variant=int8&pcm=f32le&rate=16000&encoding=base64";
      const response = await post(worker.url, recording(times), { query, type: "" });
      let [lines, last] = [0, ""];
      for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        lines += text.split("\n").length - 1;
        last = (last + text).slice(-2000);
      }
      expect(last).toContain('"type":"summary"');
      return lines - 2;
    };
    await count(1);
    const first = await memory();
    expect(await count(11)).toBeGreaterThanOrEqual(1000);
    expect(await memory()).toBe(first);
    expect(first).toBeLessThan(8e6);
  });
});
