import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPublished } from "../../../src/convert/published.ts";
import { memoryFile } from "../../../src/convert/readers/positioned-file.ts";
import { readGraph } from "../../../src/convert/readers/saved-model.ts";
import { seededTensor, seededWeights } from "../../../src/convert/seeded.ts";
import { catalogued } from "../../../src/models/catalogue.ts";
import { SMOOTHER } from "../../../src/models/humpback/names.ts";
import { humpbackShapes } from "../../../src/models/humpback/net.ts";
import { vggishShapes } from "../../../src/models/vggish/net.ts";
import { tarGzOf, zipOf } from "../../support/archives.ts";
import { sharedExists, sharedPath } from "../../support/shared.ts";
import { writeBundle } from "./checkpoint-writers.ts";
import { FIXTURES, fixturePath, refusal, sameBytes, temporaryFolder, unseededTensors } from "./support.ts";

describe.skipIf(!sharedExists)("checkpoints that TensorFlow wrote", () => {
  test.each(FIXTURES)("$name is read bit by bit", async ({ name, model, format, tensors }) => {
    const published = await openPublished(catalogued(model), fixturePath(name));
    expect(published.format).toBe(format);
    expect(published.weights.names.length).toBe(tensors);
    expect(await unseededTensors(published.weights)).toEqual([]);
    expect(published.frontEnd).toEqual(model === "humpback" ? { smooth: Math.fround(0.025) } : undefined);
    await published.dispose();
  });

  test("both forms of VGGish are the seeded builder's weights", async () => {
    const seeded = seededWeights(vggishShapes(8));
    for (const name of ["vggish_model_thin8.ckpt", "vggish_1_thin8"]) {
      const { weights, dispose } = await openPublished(catalogued("vggish"), fixturePath(name));
      expect(weights.names).toEqual(seeded.names);
      for (const tensor of seeded.names) {
        expect(weights.shape(tensor)).toEqual(seeded.shape(tensor));
        expect(sameBytes(await weights.read(tensor), await seeded.read(tensor))).toBe(true);
      }
      await dispose();
    }
  });

  test("the variables alone are enough, by their folder or their index", async () => {
    for (const path of ["variables", "variables/variables.index"]) {
      const { weights, frontEnd, dispose } = await openPublished(
        catalogued("humpback"),
        join(fixturePath("humpback_whale_1_thin8"), path),
      );
      expect(frontEnd?.smooth).toBe(Math.fround(0.025));
      expect(await unseededTensors(weights)).toEqual([]);
      await dispose();
    }
  });

  test("a .zip of it, with folders in front, gives the same; a name that leads out of it is refused", async () => {
    const path = join(await temporaryFolder(), "module.zip");
    await writeFile(path, await zipOf(fixturePath("humpback_whale_1_thin8"), "humpback_whale_1/"));
    const { weights, dispose } = await openPublished(catalogued("humpback"), path);
    expect(await unseededTensors(weights)).toEqual([]);
    await dispose();
    await writeFile(path, zipSync({ "../variables.index": Uint8Array.of(1) }));
    await expect(openPublished(catalogued("humpback"), path)).rejects.toMatchObject({
      code: "weights_invalid",
      message: expect.stringContaining('"../variables.index" leads out of the archive'),
    });
  });

  /** A .tar.gz of a fixture, as TF-Hub and Kaggle pack modules. */
  async function archive(fixture: string, prefix: string): Promise<string> {
    const path = join(await temporaryFolder(), "module.tar.gz");
    await writeFile(path, await tarGzOf(fixturePath(fixture), prefix));
    return path;
  }

  // A folder for temporary files that no test beside this one uses.
  const shared = process.env.TMPDIR;
  let temporary = "";
  beforeAll(async () => {
    temporary = await mkdtemp(join(tmpdir(), "orca-published-"));
    process.env.TMPDIR = temporary;
  });
  afterAll(async () => {
    if (shared === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = shared;
    await rm(temporary, { recursive: true, force: true });
  });

  const leftovers = async () => (await readdir(temporary)).filter((name) => /^orca-embeddings-/.test(name)).length;

  test.each(["./", "", "yamnet/1/"])(
    "a .tar.gz with names that begin '%s' is unpacked, and cleaned up",
    async (prefix) => {
      const before = await leftovers();
      const { weights, format, dispose } = await openPublished(
        catalogued("yamnet"),
        await archive("yamnet_1_thin8", prefix),
      );
      expect(format).toBe("saved-model");
      expect(await leftovers()).toBe(before + 1);
      expect(await unseededTensors(weights)).toEqual([]);
      await dispose();
      expect(await leftovers()).toBe(before);
    },
  );

  test("what cannot be opened leaves nothing behind", async () => {
    const before = await leftovers();
    const path = await archive("yamnet_1_thin8", "");
    expect((await refusal(() => openPublished(catalogued("humpback"), path))).hint).toBe(
      "Is this the file of another model?",
    );
    await writeFile(path, (await readFile(path)).subarray(0, -20));
    expect((await refusal(() => openPublished(catalogued("yamnet"), path))).message).toMatch(
      /cannot be unpacked: unexpected end of file/,
    );
    expect(await leftovers()).toBe(before);
  });

  test("two modules in one folder are one too many", async () => {
    const error = await refusal(() => openPublished(catalogued("yamnet"), sharedPath("fixtures")));
    expect(error.message).toMatch(/fixtures has 3 files variables\.index in it; a SavedModel has one\./);
  });

  test("a missing shard, and one that is cut short", async () => {
    const folder = join(await temporaryFolder(), "variables");
    await mkdir(folder);
    const from = join(fixturePath("yamnet_1_thin8"), "variables");
    const shard = "variables.data-00000-of-00001";
    await copyFile(join(from, "variables.index"), join(folder, "variables.index"));
    expect((await refusal(() => openPublished(catalogued("yamnet"), folder))).message).toMatch(
      /00000-of-00001 cannot be opened: no such file/,
    );
    await writeFile(join(folder, shard), (await readFile(join(from, shard))).subarray(0, 400_000));
    const error = await refusal(() => openPublished(catalogued("yamnet"), folder));
    expect(error.message).toMatch(
      /^variables\.data-00000-of-00001, byte 400000: the file ends here, but \S+ is at bytes \d+ to \d+\.$/,
    );
  });

  test("the graph of the published YAMNet names its variables, and leaves its epsilon to the default", async () => {
    const bytes = await readFile(sharedPath("spec/data/yamnet_resaved.saved_model.pb"));
    const { names } = await readGraph(memoryFile("saved_model.pb", bytes));
    expect(names.size).toBe(110);
    expect([...names.values()].slice(0, 2)).toEqual(["layer1/conv/kernel", "layer1/conv/bn/beta"]);
    expect([...names.values()].slice(-2)).toEqual(["dense/kernel", "dense/bias"]);
  });
});

describe("Humpback's smoothing", () => {
  /** A bundle of thin weights whose smoother has another s, which the kernels would not compute. */
  async function bundle(s: number): Promise<string> {
    const identity = (scale: number) =>
      Float32Array.from({ length: 64 * 64 }, (_, i) => (i % 65 === 0 ? Math.fround(scale) : 0));
    const tensors = [
      ...[...humpbackShapes(8)].map(([name, shape]) => ({ name, shape, values: seededTensor(name, shape) })),
      { name: SMOOTHER.kernel, shape: [64, 64], values: identity(s) },
      { name: SMOOTHER.recurrent, shape: [64, 64], values: identity(1 - s) },
    ];
    const names = Object.fromEntries(tensors.map(({ name }) => [name, name]));
    const folder = join(await temporaryFolder(), "variables");
    await mkdir(folder);
    for (const [file, bytes] of Object.entries(writeBundle(tensors, { names }))) {
      await writeFile(join(folder, file), bytes);
    }
    return folder;
  }

  test("is what the kernels smooth with", async () => {
    const { frontEnd, dispose } = await openPublished(catalogued("humpback"), await bundle(0.025));
    expect(frontEnd?.smooth).toBe(Math.fround(0.025));
    await dispose();
  });

  test("another one is refused", async () => {
    const error = await refusal(async () => openPublished(catalogued("humpback"), await bundle(0.03125)));
    expect(error.code).toBe("weights_invalid");
    expect(error.message).toBe(
      "variables: the weights were trained with a PCEN smoothing of 0.03125; the front end here has 0.025.",
    );
  });
});

describe("what is no published file is refused in one sentence", () => {
  test.each([
    ["nothing", undefined, /none\.ckpt cannot be opened: no such file or directory\.$/],
    ["an empty file", "", /^none\.ckpt is empty\.$/],
    ["a text", "hello", /^none\.ckpt is in no format in which a model is published, or its end is missing\.$/],
  ])("%s", async (_, content, message) => {
    const path = join(await temporaryFolder(), "none.ckpt");
    if (content !== undefined) await writeFile(path, content);
    const error = await refusal(() => openPublished(catalogued("vggish"), path));
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(/vggish_model\.ckpt/);
    expect(error.code).toBe("weights_invalid");
  });

  test("an empty folder", async () => {
    const error = await refusal(async () => openPublished(catalogued("vggish"), await temporaryFolder()));
    expect(error.message).toMatch(/has no variables\.index in it; a SavedModel has one\.$/);
  });

  test("saved_model.pb alone", async () => {
    const path = join(await temporaryFolder(), "saved_model.pb");
    await writeFile(path, "\x08\x01");
    expect((await refusal(() => openPublished(catalogued("vggish"), path))).hint).toMatch(/Give the folder/);
    expect(existsSync(path)).toBe(true);
  });
});
