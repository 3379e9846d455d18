import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startDevWorker } from "../../scripts/support/dev-worker.ts";
import { packDefaults } from "../../src/cli/models/pack.ts";
import { buildModel } from "../../src/convert/build-model.ts";
import { SEEDED } from "../../src/convert/seeded-models.ts";
import { extract } from "../../src/extract.ts";
import { catalogued } from "../../src/models/catalogue.ts";
import { GOOGLES } from "../../src/models/googles-licence.ts";
import { nodeRuntime } from "../../src/runtime.node.ts";
import { embedded } from "../support/client.ts";
import { orcaEmbed } from "../support/command-line.ts";
import { LONG } from "../support/long.ts";
import { sceneWav } from "../support/recordings.ts";
import { seededFolder } from "../support/test-models.ts";
import { thinWeights } from "../support/thin-models.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const BUCKET = "orca-embeddings-test";
/** Not the default: the Worker is told by MODELS_PREFIX. */
const PREFIX = "fleet/models/";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orca-r2-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const push = (models: string, ...names: string[]) => {
  const bucket = ["--r2", BUCKET, "--local", "--persist-to", join(folder, "state"), "--prefix", PREFIX];
  return orcaEmbed(["models", "push", ...names, ...bucket, "--models", models]);
};

/** wrangler.toml as an operator changes it: the bucket instead of static assets. */
async function configWithBucket(): Promise<string> {
  const settings = await readFile(join(root, "wrangler.toml"), "utf8");
  const main = settings.replace('main = "src/worker.ts"', `main = ${JSON.stringify(join(root, "src/worker.ts"))}`);
  const withoutAssets = main.replace(/^\[assets\]\n(?:.+\n)+/m, "");
  const uncommented = withoutAssets.replace(/^# (\[\[r2_buckets\]\]|binding = .*|bucket_name = .*)$/gm, "$1");
  const config = uncommented.replace("orca-embeddings-models", BUCKET);
  expect(config).toContain('[[r2_buckets]]\nbinding = "MODELS"');
  expect(config).not.toContain("ASSETS");
  const path = join(folder, "wrangler.toml");
  await writeFile(path, config);
  return path;
}

test("models that were pushed to R2 are served from there", { timeout: 300_000 }, async () => {
  const own = join(folder, "own");
  await buildModel(catalogued("yamnet"), thinWeights("yamnet"), SEEDED, own);
  await packDefaults("yamnet", own);
  const first = await push(own, "yamnet");
  expect([first.status, first.stderr]).toEqual([0, ""]);
  // fp32 for onnxruntime-web, fp32 and int8 for the kernels.
  expect(first.stdout).toContain(`${BUCKET}: yamnet; 3 files put and read back, 0 were there`);

  // Another model, from another folder: the bucket's manifest then has both.
  const thin = join(folder, "models");
  const provenance = { weights: "trained", source: { address: "a test", sha256: null }, licence: GOOGLES } as const;
  await buildModel(catalogued("humpback"), thinWeights("humpback"), provenance, thin);
  expect((await push(thin)).stdout).toMatch(/humpback; 2 files put and read back, 0 were there/);
  if (LONG) expect((await push(own, "yamnet")).stdout).toContain("yamnet; 0 files put and read back, 3 were there");

  const worker = await startDevWorker({
    config: await configWithBucket(),
    state: join(folder, "state"),
    vars: { MODELS_PREFIX: PREFIX, ENGINES: "auto,kernels" },
  });
  try {
    const { models } = (await (await fetch(`${worker.url}/v1/models`)).json()) as { models: { name: string }[] };
    expect(models.map(({ name }) => name)).toEqual(["humpback", "yamnet"]);
    const { header, windows } = await embedded(worker.url, sceneWav(2), { query: "model=yamnet&encoding=base64" });
    expect(header.provenance.address).toBe("src/convert/seeded.ts");
    const { embeddings } = await extract(sceneWav(2), "yamnet", { runtime: await nodeRuntime(own) }).result();
    expect(windows.flatMap(({ embedding }) => Array.from(embedding))).toEqual(Array.from(embeddings));
    const int8 = await embedded(worker.url, sceneWav(2), { query: "model=yamnet&variant=int8&engine=kernels" });
    expect(int8.header.engine).toMatch(/^orca-kernels /);
    const humpback = await embedded(worker.url, sceneWav(4), { query: "model=humpback" });
    expect(humpback.header).toMatchObject({
      weights: "trained",
      provenance: { address: "a test", sha256: null, licence: "Apache-2.0", converter: expect.stringMatching(/^orca/) },
    });
  } finally {
    await worker.stop();
  }
});

test("what is not here cannot be pushed", async () => {
  const { status, stderr } = await push(join(folder, "nothing"), "yamnet");
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/^orca-embed: yamnet is not in .*nothing\. Prepare the models: npm run models\n$/),
  ]);
});

test("a bucket at Cloudflare without a login is told in a line", { timeout: 60_000 }, async () => {
  const environment = { CLOUDFLARE_API_TOKEN: "", CI: "1", HOME: folder, XDG_CONFIG_HOME: folder };
  const args = ["models", "push", "yamnet", "--r2", BUCKET, "--models", seededFolder];
  const { status, stderr } = await orcaEmbed(args, environment);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^orca-embed: models\/manifest\.json: wrangler said: .*\n$/);
  // No colours of wrangler's in it.
  expect(stderr).not.toContain("\u001b");
});
