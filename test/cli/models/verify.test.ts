import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { buildModel } from "../../../src/convert/build-model.ts";
import { readManifest } from "../../../src/convert/models-folder.ts";
import { catalogued } from "../../../src/models/catalogue.ts";
import { GOOGLES } from "../../../src/models/googles-licence.ts";
import { numpyUniform } from "../../../src/models/yamnet/numpy-uniform.ts";
import { fixturePath, temporaryFolder } from "../../convert/readers/support.ts";
import { orcaEmbed } from "../../support/command-line.ts";
import { pcaParams } from "../../support/pca.ts";
import { sharedExists, sharedPath } from "../../support/shared.ts";
import { seededFolder } from "../../support/test-models.ts";
import { changedWeights, thinWeights } from "../../support/thin-models.ts";

let models = "";
beforeEach(async () => {
  models = join(await temporaryFolder(), "models");
});

const run = (...args: string[]) => orcaEmbed(["models", ...args, "--models", models]);
/** A table's rows as lists of cells. */
const cells = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => line.split(/ {2,}/));

const TRAINED = { weights: "trained", source: { address: "a test", sha256: null }, licence: GOOGLES } as const;

describe("models verify", () => {
  test("has nothing to verify in seeded weights, and says so", async () => {
    const { status, stdout } = await orcaEmbed(["models", "verify", "yamnet", "--models", seededFolder]);
    expect(status).toBe(0);
    expect(cells(stdout)[1]).toEqual([
      "yamnet",
      "all",
      "-",
      "seeded weights: there is nothing learned to verify",
      "not run",
    ]);
  });

  test("weights that have learned nothing fail, and so does the command", async () => {
    await buildModel(catalogued("yamnet"), thinWeights("yamnet"), TRAINED, models);
    const { status, stdout } = await run("verify");
    expect(status).toBe(1);
    expect(cells(stdout).map((row) => row.at(-1))).toContain("FAILED");
  });

  test("VGGish: the figures are those of the embedding, and of its PCA in 8 bits", async () => {
    // All weights of the last layer are 0, so that every embedding is its bias: the mean of 0, 1/127 … 1 times 0.7.
    const bias = Float32Array.from({ length: 128 }, (_, i) => (0.7 * i) / 127);
    const weights = changedWeights(thinWeights("vggish"), "vggish/fc2/biases", [128], bias);
    const flat = changedWeights(weights, "vggish/fc2/weights", [512, 128], new Float32Array(512 * 128));
    await buildModel(catalogued("vggish"), flat, TRAINED, models);
    const without = await run("verify", "vggish");
    expect(without.status).toBe(1);
    const deviation = 0.7 * Math.sqrt((128 ** 2 - 1) / 12 / 127 ** 2);
    expect(cells(without.stdout).map((row) => row.slice(3))).toEqual([
      ["got", "verdict"],
      ["0.35", "FAILED"],
      [String(Number(deviation.toPrecision(4))), "FAILED"],
      ["no PCA here: models convert vggish --pca FILE", "not run"],
      ["no PCA here: models convert vggish --pca FILE", "not run"],
    ]);
    // y = 2 (x - 0.35) lies within ±0.7, and (y + 2) 255 / 4 is cut off: half a step below its mean of 127.5.
    const components = { means: new Float64Array(128).fill(0.35), eigenVectors: new Float64Array(128 * 128) };
    for (let i = 0; i < 128; i++) components.eigenVectors[i * 129] = 2;
    await buildModel(catalogued("vggish"), flat, TRAINED, models, { components });
    const rows = cells((await run("verify", "vggish")).stdout);
    expect(Number(rows[3]?.[3])).toBeCloseTo(127, 0);
    expect(rows[3]?.at(-1)).toBe("passed");
    expect(Number(rows[4]?.[3])).toBeCloseTo((deviation * 2 * 255) / 4, 0);
    expect(rows[4]?.at(-1)).toBe("FAILED");
  });

  test.skipIf(!sharedExists)("the real YAMNet passes all three of its checks", async () => {
    expect((await run("convert", "yamnet", "--from", sharedPath("weights/yamnet.h5"))).status).toBe(0);
    const { status, stdout } = await run("verify", "yamnet");
    console.log(stdout);
    expect(status).toBe(0);
    expect(cells(stdout).map((row) => row.slice(1))).toEqual([
      ["check", "expected", "got", "verdict"],
      ["3 s of silence", "class 494, Silence, in the top 10", expect.stringMatching(/^number 1, /), "passed"],
      ["3 s of white noise", "class 514, White noise, in the top 10", expect.stringMatching(/^number 1, /), "passed"],
      ["3 s of a 440 Hz sine", "class 495, Sine wave, in the top 10", expect.stringMatching(/^number \d, /), "passed"],
    ]);
  });

  test.skipIf(!sharedExists)("Humpback's needs a recording, and scores it", async () => {
    await buildModel(catalogued("humpback"), thinWeights("humpback"), TRAINED, models);
    const without = await run("verify");
    expect([without.status, without.stdout]).toEqual([0, expect.stringContaining("no recording: --audio FILE")]);
    const { stdout } = await run("verify", "--audio", sharedPath("audio/humpback_google_sample_10k.wav"));
    expect(cells(stdout)[1]?.slice(1)).toEqual([
      "a recording with humpback song: highest score",
      "at least 0.5, and more than silence has",
      // 75 s at 10 kHz: 20 windows.
      expect.stringMatching(/^[01]\.\d{3} in 20 windows, silence [01]\.\d{3}$/),
      expect.stringMatching(/^(passed|FAILED)$/),
    ]);
    const absent = await run("verify", "--audio", "nowhere.wav");
    expect([absent.status, absent.stderr]).toEqual([1, "orca-embed: nowhere.wav: there is no such file.\n"]);
  });
});

test("the published noise is NumPy's: random.seed(0), random.seed(51773); random.uniform(-1, 1, 48000)", () => {
  // NumPy 2.4.6 printed these.
  expect(Array.from(numpyUniform(0, 3))).toEqual([0.0976270078546495, 0.43037873274483895, 0.20552675214328775]);
  const noise = numpyUniform(51773, 48_000);
  expect([noise[0], noise[1], noise[700], noise[47_999]]).toEqual([
    0.4690083831219627, -0.30861864634792435, 0.7827455556440936, 0.25352792795349743,
  ]);
});

describe.skipIf(!sharedExists)("models convert and list", () => {
  test.each([
    ["vggish", "vggish_model_thin8.ckpt"],
    ["vggish", "vggish_1_thin8"],
    ["yamnet", "yamnet_1_thin8"],
    ["humpback", "humpback_whale_1_thin8"],
  ] as const)("%s from %s", async (name, fixture) => {
    const { status, stdout } = await run("convert", name, "--from", fixturePath(fixture));
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${name}: \\d+ trained parameters \\(the published model has \\d+\\) from `));
    const [entry] = (await readManifest(models)).models;
    expect(entry).toMatchObject({ description: { id: name }, weights: "trained", source: { address: fixture } });
    expect(entry?.source.files?.length).toBe(fixture.endsWith(".ckpt") ? undefined : 3);
    const list = await run("list");
    expect(cells(list.stdout)[1]).toEqual([
      name,
      "fp32",
      expect.stringMatching(/ MB$/),
      expect.stringMatching(/ MB$/),
      "trained",
      String(entry?.parameters),
      fixture,
      entry?.source.sha256?.slice(0, 12),
      "Apache-2.0",
    ]);
    expect(JSON.parse((await run("list", "--json")).stdout)).toEqual([entry]);
  });

  test("VGGish with its PCA", async () => {
    const params = join(models, "..", "vggish_pca_params.npz");
    await writeFile(params, pcaParams(3, 0.25));
    const from = fixturePath("vggish_model_thin8.ckpt");
    const { status, stdout } = await run("convert", "vggish", "--from", from, "--pca", params);
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(
        /, and its principal components\nvggish: packed for the kernels: fp32 [\d.]+ MB, int8 [\d.]+ MB\n$/,
      ),
    ]);
    expect(await readdir(models)).toContain("vggish-components.f64");
  });

  test.each([
    [
      "a file of another model",
      ["yamnet", "--from", "vggish_model_thin8.ckpt"],
      /Is this the file of another model\?$/,
      1,
    ],
    [
      "PCA for YAMNet",
      ["yamnet", "--from", "yamnet_1_thin8", "--pca", "x.npz"],
      /--pca is not for yamnet, which has none\.$/,
      2,
    ],
    [
      "several models",
      ["yamnet,vggish", "--from", "yamnet_1_thin8"],
      /"yamnet,vggish" is none of the published models/,
      2,
    ],
  ])(
    "%s is refused in a line, and nothing is written",
    async (_, [name = "", from = "", file = "", ...more], message, code) => {
      const { status, stderr } = await run("convert", name, from, fixturePath(file), ...more);
      expect(status).toBe(code);
      expect(stderr.trim()).toMatch(message);
      expect(stderr.trim().split("\n").length).toBe(1);
      expect(await readdir(models).catch(() => [])).toEqual([]);
    },
  );

  test("list of an empty folder says what to do", async () => {
    await mkdir(models);
    expect((await run("list")).stderr).toContain("Prepare them: npm run models");
  });
});
