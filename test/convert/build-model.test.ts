import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildModel } from "../../src/convert/build-model.ts";
import { filesOf, readManifest } from "../../src/convert/models-folder.ts";
import { SEEDED } from "../../src/convert/seeded-models.ts";
import { catalogued } from "../../src/models/catalogue.ts";
import { embeddingSize, parseManifest } from "../../src/models/index.ts";
import { VERSION } from "../../src/version.ts";
import { changedWeights, thinWeights } from "../support/thin-models.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "orca-embeddings-build-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Every file of the folder with its sha256. */
async function contents(): Promise<Record<string, string>> {
  const files = (await readdir(folder)).sort();
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, digest(await readFile(join(folder, file)))])),
  );
}

const build = (name: "vggish" | "yamnet" | "humpback", weights = thinWeights(name)) =>
  buildModel(catalogued(name), weights, SEEDED, folder);

/** Thin weights with a value that only shows when the tensor is read, with others written before it. */
async function damaged() {
  const weights = thinWeights("yamnet");
  const values = await weights.read("logits/bias");
  values[520] = Number.NaN;
  return changedWeights(weights, "logits/bias", [521], values);
}

describe("buildModel", () => {
  test("writes the net, its pieces, and an entry that says what they are", async () => {
    const entry = await build("yamnet");
    expect(entry).toMatchObject({
      weights: SEEDED.weights,
      source: SEEDED.source,
      converter: `orca-embeddings ${VERSION}`,
      description: { id: "yamnet", licence: SEEDED.licence, outputs: [{ shape: [128] }, { shape: [521] }] },
      variants: {
        fp32: { description: expect.stringContaining("32-bit floats"), onnx: { file: "yamnet-fp32.onnx" } },
      },
    });
    const files = await contents();
    const named = filesOf(entry);
    expect(Object.keys(files).sort()).toEqual(["manifest.json", ...named.map(({ file }) => file)].sort());
    for (const { file, sha256, bytes } of named) {
      expect(files[file]).toBe(sha256);
      expect((await readFile(join(folder, file))).length).toBe(bytes);
    }
    for (const { artefacts } of Object.values(entry.variants)) {
      const { ort } = artefacts;
      if (ort === undefined) throw new Error("a variant without .ort");
      const whole = Buffer.concat(await Promise.all(ort.pieces.map(({ file }) => readFile(join(folder, file)))));
      expect([whole.length, digest(whole)]).toEqual([ort.bytes, ort.sha256]);
    }
    expect(await readManifest(folder)).toEqual({ format: 2, models: [entry] });
  });

  test("counts the weights, PCEN's among them, and carries those in the manifest", async () => {
    const weights = thinWeights("humpback");
    const entry = await build("humpback", weights);
    const sizes = weights.names.map((name) => weights.shape(name).reduce((product, size) => product * size, 1));
    expect(entry.parameters).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect(entry.description.frontEnd).toMatchObject({
      kind: "pcen",
      delta: Array.from(await weights.read("pcen/delta")),
    });
    expect(embeddingSize(entry.description)).toBe(256);
  });

  test("building again gives the same bytes, and leaves nothing of the first time behind", async () => {
    await build("yamnet");
    await writeFile(join(folder, "yamnet-fp32.ort.099"), "left over");
    await writeFile(join(folder, "vggish-notes.txt"), "another's");
    const before = await contents();
    await build("yamnet");
    const after = await contents();
    delete before["yamnet-fp32.ort.099"];
    expect(after).toEqual(before);
  });

  test("files of other weights never take the names of those that the manifest lists", async () => {
    const taken = new Set<string>();
    const names = async (weights = thinWeights("yamnet")) => {
      const entry = await build("yamnet", weights);
      return filesOf(entry).map(({ file }) => file);
    };
    const zero = changedWeights(thinWeights("yamnet"), "logits/bias", [521], new Float32Array(521));
    for (const weights of [thinWeights("yamnet"), zero, thinWeights("yamnet")]) {
      const now = await names(weights);
      expect(now.filter((file) => taken.has(file))).toEqual([]);
      taken.clear();
      for (const file of now) taken.add(file);
      expect(Object.keys(await contents())).toEqual(["manifest.json", ...now].sort());
    }
    // The names alternate: the third has the first's again.
    expect(taken.has("yamnet-fp32.onnx")).toBe(true);
  });

  test("models are kept beside each other, sorted", async () => {
    await build("yamnet");
    await build("humpback");
    expect((await readManifest(folder)).models.map(({ description }) => description.id)).toEqual([
      "humpback",
      "yamnet",
    ]);
  });

  test("weights that fail while they are written leave nothing behind", async () => {
    await expect(build("yamnet", await damaged())).rejects.toMatchObject({
      code: "weights_invalid",
      message: "Tensor logits/bias has a non-finite value at element 520.",
    });
    expect(await contents()).toEqual({});
  });

  test("… and leave a good model as it was", async () => {
    await build("yamnet");
    const before = await contents();
    await expect(build("yamnet", await damaged())).rejects.toMatchObject({ code: "weights_invalid" });
    expect(await contents()).toEqual(before);
  });

  test("a manifest that cannot be read is not written over", async () => {
    await writeFile(join(folder, "manifest.json"), "{ half a manifest");
    await expect(build("yamnet")).rejects.toMatchObject({ code: "model_damaged" });
    expect(await readdir(folder)).toEqual(["manifest.json"]);
    expect(await readFile(join(folder, "manifest.json"), "utf8")).toBe("{ half a manifest");
  });

  test.each([
    ["missing", undefined, undefined, "The weights have no tensor pcen/delta."],
    ["of another shape", [63], undefined, "Tensor pcen/delta has shape [63]; [64] was expected."],
    ["not finite", [64], Number.NaN, "Tensor pcen/delta has a non-finite value at element 7."],
  ])("PCEN's vectors, too, are checked: %s", async (_, shape, value, message) => {
    const weights = thinWeights("humpback");
    const values = (await weights.read("pcen/delta")).slice(0, shape?.[0]);
    if (value !== undefined) values[7] = value;
    const bad = changedWeights(weights, "pcen/delta", shape, values);
    await expect(build("humpback", bad)).rejects.toMatchObject({ code: "weights_invalid", message });
    expect(await contents()).toEqual({});
  });
});

describe("the manifest", () => {
  test("a folder without one has no models", async () => {
    expect(await readManifest(folder)).toEqual({ format: 2, models: [] });
  });

  test("is text for people, too: indented, with a line's end", async () => {
    await build("yamnet");
    const text = await readFile(join(folder, "manifest.json"), "utf8");
    expect(text).toMatch(/^\{\n {2}"format": 2,\n[\s\S]*\}\n$/);
    expect(parseManifest(text)).toEqual(await readManifest(folder));
  });
});
