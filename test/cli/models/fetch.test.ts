import { createHash } from "node:crypto";
import { link, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { readManifest } from "../../../src/convert/models-folder.ts";
import { CATALOGUE } from "../../../src/models/catalogue.ts";
import type { ModelEntry } from "../../../src/models/index.ts";
import { fixturePath, temporaryFolder } from "../../convert/readers/support.ts";
import { tarGzOf } from "../../support/archives.ts";
import { classMapCsv } from "../../support/class-names.ts";
import { orcaEmbed, type Ran } from "../../support/command-line.ts";
import { type FileServer, serveAndCut, startFileServer } from "../../support/file-server.ts";
import { pcaParams } from "../../support/pca.ts";
import { sharedExists, sharedPath } from "../../support/shared.ts";
import { seededFolder } from "../../support/test-models.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
/** The paths of the published addresses. */
const CHECKPOINT = "/audioset/vggish_model.ckpt";
const PCA = "/audioset/vggish_pca_params.npz";
const YAMNET = "/audioset/yamnet.h5";
const CLASSES = "/tensorflow/models/master/research/audioset/yamnet/yamnet_class_map.csv";
const HUMPBACK = "/google/humpback_whale/1?tf-hub-format=compressed";

let folder = "";
let models = "";
let cache = "";
beforeEach(async () => {
  folder = await temporaryFolder();
  models = join(folder, "models");
  cache = join(folder, "cache");
});

/** `orca-embed models …` against a mirror. */
const run = (server: { url: string }, ...args: string[]): Promise<Ran> =>
  orcaEmbed(["models", ...args, "--any-hash", "--models", models, "--cache", cache], {
    ORCA_MODELS_ORIGIN: server.url,
  });

const entryOf = async (name: string): Promise<ModelEntry> => {
  const entry = (await readManifest(models)).models.find(({ description }) => description.id === name);
  if (entry === undefined) throw new Error(`no ${name}`);
  return entry;
};

/** A whole set of models but for YAMNet, as seeded builds leave it. */
async function allButYamnet(): Promise<void> {
  await mkdir(models);
  const manifest = await readManifest(seededFolder);
  const kept = manifest.models.filter(({ description }) => description.id !== "yamnet");
  for (const file of await readdir(seededFolder)) {
    if (/^(vggish|humpback)-/.test(file)) await link(join(seededFolder, file), join(models, file));
  }
  await writeFile(join(models, "manifest.json"), JSON.stringify({ ...manifest, models: kept }));
}

describe.skipIf(!sharedExists)("models fetch", () => {
  /** A mirror with what Google publishes, at an eighth of the width. */
  async function mirror(): Promise<FileServer> {
    return startFileServer({
      [CHECKPOINT]: await readFile(fixturePath("vggish_model_thin8.ckpt")),
      [PCA]: pcaParams(1, 0),
      [YAMNET]: await readFile(sharedPath("weights/yamnet.h5")),
      [CLASSES]: Buffer.from(classMapCsv()),
      [HUMPBACK]: await tarGzOf(fixturePath("humpback_whale_1_thin8")),
    });
  }

  test("all three, each in its own format, with what the manifest has to say; a second run fetches nothing", async () => {
    const server = await mirror();
    const first = await run(server, "fetch");
    expect(first.stderr).toBe("");
    expect(first.status).toBe(0);
    const yamnet = await readFile(sharedPath("weights/yamnet.h5"));
    // The file at hand is rebuilt from public parts: its hash is not Google's, and that is told.
    expect(first.stdout).toContain(
      `yamnet.h5: ${yamnet.length} bytes from ${server.url}${YAMNET}, sha256 ${sha256(yamnet)} (not as published)`,
    );
    expect(await entryOf("yamnet")).toMatchObject({
      weights: "trained",
      source: { address: `${server.url}${YAMNET}`, sha256: sha256(yamnet) },
      description: { licence: { name: "Apache-2.0" } },
      parameters: 3751369,
    });
    expect((await entryOf("humpback")).source.address).toBe(`${server.url}${HUMPBACK}`);
    const { licenceText, components } = await entryOf("vggish");
    expect(await readFile(join(models, licenceText?.file ?? ""), "utf8")).toMatch(/^\s+Apache License\n/);
    expect(components).toMatchObject({ file: "vggish-components.f64", bytes: 8 * (128 + 128 * 128) });
    expect((await entryOf("yamnet")).classes).toMatchObject({
      source: `${server.url}${CLASSES}`,
      licence: "Apache-2.0",
    });
    expect(server.requests.sort()).toEqual([CHECKPOINT, PCA, YAMNET, CLASSES, HUMPBACK].sort());

    const second = await run(server, "fetch", "yamnet", "vggish");
    expect(second.status).toBe(0);
    expect(second.stdout).toContain(`${join(cache, "yamnet.h5")}: here already, sha256 ${sha256(yamnet)}`);
    expect(server.requests.length).toBe(5);
  });

  test("one model that is not to be had is told in a line, and does not cost the others theirs", async () => {
    const server = await mirror();
    server.files.delete(YAMNET);
    server.files.delete(PCA);
    const { status, stdout, stderr } = await run(server, "fetch", "yamnet", "vggish");
    expect(status).toBe(1);
    expect(stderr).toBe(`orca-embed: yamnet: ${server.url}${YAMNET} answered 404.\n`);
    expect(stdout).toContain("vggish_pca_params.npz: the model is converted without it");
    expect((await readManifest(models)).models.map(({ description }) => description.id)).toEqual(["vggish"]);
    expect((await entryOf("vggish")).components).toBeUndefined();
  });

  test("a broken connection is resumed, and a file that was cut short in the cache is fetched again", async () => {
    const server = await mirror();
    const yamnet = await readFile(sharedPath("weights/yamnet.h5"));
    server.files.set(YAMNET, serveAndCut(yamnet, 2_000_000));
    expect((await run(server, "fetch", "yamnet")).status).toBe(0);
    // Where each attempt goes on depends on how much of what was sent had arrived when the connection was cut.
    const [first, ...resumed] = server.requests.filter((path) => path.startsWith(YAMNET));
    expect(first).toBe(YAMNET);
    const from = resumed.map((path) => Number(/ bytes=(\d+)-$/.exec(path)?.[1]));
    expect(from.length).toBeGreaterThanOrEqual(7);
    for (const [index, offset] of from.entries()) {
      const sent = offset - (from[index - 1] ?? 0);
      expect(sent).toBeGreaterThan(0);
      expect(sent).toBeLessThanOrEqual(2_000_000);
    }
    await writeFile(join(cache, "yamnet.h5"), yamnet.subarray(0, 1000));
    server.files.set(YAMNET, yamnet);
    expect((await run(server, "fetch", "yamnet")).status).toBe(0);
    expect(yamnet.equals(await readFile(join(cache, "yamnet.h5")))).toBe(true);
  });

  test("another file than the last time is refused, and the one before is kept as the model", async () => {
    const server = await mirror();
    const yamnet = await readFile(sharedPath("weights/yamnet.h5"));
    expect((await run(server, "fetch", "yamnet")).status).toBe(0);
    await writeFile(join(cache, "yamnet.h5"), "lost");
    const other = Buffer.from(yamnet);
    other.writeUInt8(other.readUInt8(8_000_000) ^ 1, 8_000_000);
    server.files.set(YAMNET, other);
    const { status, stderr } = await run(server, "fetch", "yamnet");
    expect(status).toBe(1);
    expect(stderr).toContain(
      `gave a file with sha256 ${sha256(other)}; ${sha256(yamnet)} was expected. It was removed.`,
    );
    expect(stderr).toContain("If it was published anew, remove");
    expect((await readdir(cache)).filter((file) => file.startsWith("yamnet.h5")).sort()).toEqual([
      "yamnet.h5",
      "yamnet.h5.json",
    ]);
    expect((await entryOf("yamnet")).source.sha256).toBe(sha256(yamnet));
  });

  test("a page in the file's place is no model, and is not kept", async () => {
    const server = await mirror();
    server.files.set(YAMNET, Buffer.from("<html>Please log in to the guest network</html>"));
    const { status, stderr } = await run(server, "fetch", "yamnet");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^orca-embed: yamnet: yamnet\.h5 is in no format in which a model is published/);
    expect((await readdir(cache)).filter((file) => file.startsWith("yamnet.h5"))).toEqual([]);
    expect((await readManifest(models)).models).toEqual([]);
  });

  test("alone, it fetches what is seeded, and leaves trained models as they are", async () => {
    await allButYamnet();
    const server = await mirror();
    server.files.delete(CHECKPOINT);
    const { status, stdout, stderr } = await run(server);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(
      `Not fetched: vggish; seeded weights take their place. ${server.url}${CHECKPOINT} answered 404.`,
    );
    expect(stdout).toContain("vggish: here already, seeded weights");
    const { models: all } = await readManifest(models);
    expect(all.map(({ description, weights }) => [description.id, weights])).toEqual([
      ["humpback", "trained"],
      ["vggish", "seeded"],
      ["yamnet", "trained"],
    ]);
    const before = server.requests.length;
    expect((await run(server)).stdout).toContain("yamnet: here already, trained weights");
    expect(server.requests.slice(before)).toEqual([CHECKPOINT]);
  });
});

describe("models, without a network", () => {
  test("says so in a sentence, and builds what is missing from seeded weights", async () => {
    await allButYamnet();
    const server = await startFileServer();
    const nobody = { url: "http://orca-embeddings.invalid" };
    const { status, stdout, stderr } = await run(nobody);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout.split("\n")).toEqual([
      "Fetching the published weights of humpback, vggish, yamnet …",
      expect.stringMatching(
        /^Not fetched: humpback, vggish, yamnet; seeded weights take their place\. http:\/\/orca-embeddings\.invalid\/.* cannot be found\.$/,
      ),
      "humpback: here already, seeded weights",
      "vggish: here already, seeded weights",
      "yamnet: 3751369 SEEDED parameters: right shapes and numerics, no learned meaning",
      // Sizes are the kernels' affair: how they want weights laid out changes.
      expect.stringMatching(/^yamnet: packed for the kernels: fp32 \d+\.\d MB, int8 \d\.\d MB$/),
      "",
    ]);
    expect(server.requests).toEqual([]);
  });

  test("a server that never answers costs one time limit an address, not one a file", async () => {
    await allButYamnet();
    const hang = () => undefined;
    const server = await startFileServer({
      [CHECKPOINT]: hang,
      [PCA]: hang,
      [YAMNET]: hang,
      [CLASSES]: hang,
      [HUMPBACK]: hang,
    });
    const started = performance.now();
    const { status, stdout } = await run(server, "--timeout", "1");
    expect(status).toBe(0);
    expect(stdout).toContain("did not answer within 1 s.");
    // Each file at its first address at the same time; then humpback at the two others that the catalogue names.
    const addresses = CATALOGUE.flatMap(({ files: { weights, components, classes } }) =>
      [weights, components, classes].flatMap((file) => file?.addresses ?? []),
    );
    expect(server.requests.length).toBe(addresses.length);
    // Three limits of 1 s, and what it takes to start Node and to build YAMNet.
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  test("--offline does not try", async () => {
    await allButYamnet();
    const server = await startFileServer();
    const { status, stdout } = await run(server, "--offline");
    expect(status).toBe(0);
    expect(stdout).not.toContain("Fetching");
    expect(server.requests).toEqual([]);
  });

  test.each([
    [["fetch", "perch"], '"perch" is none of the published models that can be converted.'],
    [["fetch", "--timeout", "soon"], "Use a number of seconds"],
    [["fetch", "yamnet", "--from-origin", "ftp://mirror"], "The origin ftp://mirror is no http or https address."],
    [["fetsh"], "too many arguments"],
  ])("%s is refused in a sentence", async (args, sentence) => {
    const { status, stderr } = await orcaEmbed(["models", ...args, "--any-hash", "--models", models, "--cache", cache]);
    expect(status).not.toBe(0);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain("    at ");
  });
});
