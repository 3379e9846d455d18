import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { buildModel } from "../../src/convert/build-model.ts";
import { readManifest } from "../../src/convert/models-folder.ts";
import { readClassMap } from "../../src/convert/readers/index.ts";
import { SEEDED } from "../../src/convert/seeded-models.ts";
import { catalogued } from "../../src/models/catalogue.ts";
import { servedFiles } from "../../src/models/index.ts";
import { nodeRuntime } from "../../src/runtime.node.ts";
import { tarGzOf } from "../support/archives.ts";
import { classMapCsv, namedClasses } from "../support/class-names.ts";
import { orcaEmbed } from "../support/command-line.ts";
import { sharedExists } from "../support/shared.ts";
import { thinWeights } from "../support/thin-models.ts";
import { fixturePath, temporaryFolder } from "./readers/support.ts";

let folder = "";
beforeEach(async () => {
  folder = await temporaryFolder();
});

const written = async (text: string) => {
  const path = join(folder, "map.csv");
  await writeFile(path, text);
  return path;
};

describe("the published list", () => {
  test("names with commas and quotes, in the order of the scores", async () => {
    const path = await written('index,mid,display_name\n0,/m/1,Speech\n1,/m/2,"Whale, ""song"""\n');
    expect(await readClassMap(path)).toEqual([
      { id: "/m/1", name: "Speech" },
      { id: "/m/2", name: 'Whale, "song"' },
    ]);
  });

  test.each([
    ["index,mid,display_name\n0,/m/1,A\n2,/m/2,B\n", /line 3 has the index 2 where 1 is due/],
    ["index,mid,display_name\n0,/m/1,\n", /line 2 has no name/],
    ["index,mid\n0,/m/1\n", /no column display_name/],
    ["<html>not found</html>", /no column display_name/],
    ["display_name\n", /names no class/],
  ])("%j is refused", async (text, words) => {
    await expect(readClassMap(await written(text))).rejects.toMatchObject({
      code: "weights_invalid",
      message: expect.stringMatching(words),
    });
  });
});

test("kept beside the model with its source and licence, served with it, and held against its sha256", async () => {
  const models = join(folder, "models");
  const entry = await buildModel(
    catalogued("yamnet"),
    thinWeights("yamnet"),
    { ...SEEDED, weights: "trained" },
    models,
    {
      classes: { list: namedClasses(), source: "https://example.org/map.csv", licence: "Apache-2.0" },
    },
  );
  expect(entry.classes).toMatchObject({
    file: "yamnet-classes.json",
    source: "https://example.org/map.csv",
    licence: "Apache-2.0",
  });
  expect((await readManifest(models)).models).toEqual([entry]);
  expect(servedFiles(entry).map(({ file }) => file)).toContain("yamnet-classes.json");
  const { store } = await nodeRuntime(models);
  expect((await store.classes("yamnet"))?.[520]).toEqual({ id: "/m/520", name: "Sound 520, as heard" });
  const path = join(models, "yamnet-classes.json");
  await writeFile(path, (await readFile(path, "utf8")).replace("Sound 7", "Sound 8"));
  await expect((await nodeRuntime(models)).store.classes("yamnet")).rejects.toMatchObject({ code: "model_damaged" });
});

test("seeded weights have none, and a list of another length is refused", async () => {
  const models = join(folder, "models");
  await buildModel(catalogued("yamnet"), thinWeights("yamnet"), SEEDED, models);
  expect(await (await nodeRuntime(models)).store.classes("yamnet")).toBeUndefined();
  const classes = { list: namedClasses().slice(1), source: "a test", licence: "none" };
  await expect(
    buildModel(catalogued("yamnet"), thinWeights("yamnet"), SEEDED, models, { classes }),
  ).rejects.toMatchObject({
    code: "weights_invalid",
    message: "520 classes are named; yamnet has 521 scores.",
  });
});

describe.skipIf(!sharedExists)("models convert", () => {
  test("takes the list of a SavedModel, packed or not, and --classes before it", async () => {
    const module = join(folder, "yamnet_1");
    await cp(fixturePath("yamnet_1_thin8"), module, { recursive: true });
    await rm(join(module, "assets"), { recursive: true, force: true });
    await mkdir(join(module, "assets"));
    await writeFile(join(module, "assets/yamnet_class_map.csv"), classMapCsv("inside"));
    const models = join(folder, "models");
    const packed = join(folder, "yamnet.tar.gz");
    await writeFile(packed, await tarGzOf(module));
    const other = join(folder, "other.csv");
    await writeFile(other, classMapCsv("given"));
    for (const [args, name, source] of [
      [["--from", packed], "inside 3, as heard", "yamnet.tar.gz"],
      [["--from", module, "--classes", other], "given 3, as heard", "other.csv"],
    ] as const) {
      const ran = await orcaEmbed(["models", "convert", "yamnet", ...args, "--models", models]);
      expect([ran.status, ran.stderr]).toEqual([0, ""]);
      expect(ran.stdout).toContain(", and the names of its classes");
      const { store } = await nodeRuntime(models);
      expect((await store.classes("yamnet"))?.[3]?.name).toBe(name);
      expect((await store.manifest()).models[0]?.classes).toMatchObject({ source, licence: "Apache-2.0" });
    }
    const wrong = await orcaEmbed(["models", "convert", "vggish", "--from", module, "--classes", other]);
    expect([wrong.status, wrong.stderr]).toEqual([2, "orca-embed: --classes is not for vggish, which has none.\n"]);
  });
});
