import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { createApp, type Env } from "../../src/http/index.ts";
import { isPublicLicence, type Manifest } from "../../src/models/index.ts";
import { testApp, testServices } from "../support/app.ts";
import { problem } from "../support/client.ts";

const app = testApp();

test("the models' files are served as the manifest has them, and nothing else", async () => {
  const manifest = await app.fetch("/models/manifest.json");
  expect(manifest.headers.get("content-type")).toBe("application/json");
  const { models } = (await manifest.json()) as Manifest;
  const yamnet = models.find(({ description }) => description.id === "yamnet");
  const [piece] = yamnet?.variants.int8?.artefacts.kernels?.pieces ?? [];
  if (piece === undefined) throw new Error("the tests' YAMNet is not packed");
  const bytes = new Uint8Array(await (await app.fetch(`/models/${piece.file}`)).arrayBuffer());
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(piece.sha256);
  for (const other of ["README.md", "..%2Fpage%2Fstart.htm", "yamnet-fp32.onnx"]) {
    expect(await problem(await app.fetch(`/models/${other}`))).toMatchObject({ status: 404, code: "not_found" });
  }
});

test("a file's ETag is its hash; who has it takes nothing; each counts as a request of its client", async () => {
  const limited = testApp({ CLIENT_REQUESTS: "3" });
  const { models } = (await (await limited.fetch("/models/manifest.json")).json()) as Manifest;
  const [{ file, sha256 } = { file: "", sha256: "" }] = models[0]?.variants.int8?.artefacts.kernels?.pieces ?? [];
  const whole = await limited.fetch(`/models/${file}`);
  expect([whole.status, whole.headers.get("etag"), whole.headers.get("cache-control")]).toEqual([
    200,
    `"${sha256}"`,
    "no-cache",
  ]);
  await whole.body?.cancel();
  const again = await limited.fetch(`/models/${file}`, { headers: { "if-none-match": `"${sha256}"` } });
  expect([again.status, await again.text()]).toEqual([304, ""]);
  const refused = await limited.fetch(`/models/${file}`);
  expect(refused.headers.has("retry-after")).toBe(true);
  expect(await problem(refused)).toMatchObject({ status: 429, code: "rate_limited" });
});

/** The app, with a manifest whose models are under a licence that forbids to pass them on. */
function under(licence: { name: string; redistribution: string }, env: Partial<Env> = {}) {
  const services = testServices(env);
  const { store } = services;
  const manifest = async () => {
    const { models, ...rest } = await store.manifest();
    return { ...rest, models: models.map((entry) => ({ ...entry, description: { ...entry.description, licence } })) };
  };
  const other = { manifest, engines: store.engines } as typeof store;
  const licensed = createApp<Env>(() => ({ ...services, store: other }));
  return (path: string) => licensed.fetch(new Request(`http://localhost${path}`));
}

test("weights that may not be passed on are given out only where the operator says so; the list tells which are", async () => {
  const { models } = (await (await app.fetch("/models/manifest.json")).json()) as Manifest;
  const file = models[0]?.variants.int8?.artefacts.kernels?.pieces[0]?.file;
  const rail = { name: "RAIL", redistribution: "The weights must not be passed on." };
  const files = async (fetched: ReturnType<typeof under>) =>
    ((await (await fetched("/v1/models")).json()) as { models: { files: boolean }[] }).models[0]?.files;
  const forbidden = under(rail);
  expect(await problem(await forbidden(`/models/${file}`))).toMatchObject({
    status: 403,
    code: "forbidden",
    detail: expect.stringContaining("must not be passed on"),
    hint: expect.stringContaining("MODEL_FILES"),
  });
  expect(await files(forbidden)).toBe(false);
  const all = under(rail, { MODEL_FILES: "all" });
  const given = await all(`/models/${file}`);
  expect(given.status).toBe(200);
  await given.body?.cancel();
  expect(await files(all)).toBe(true);
  const none = under({ name: "MIT", redistribution: "It may be passed on." }, { MODEL_FILES: "none" });
  for (const name of [file, "manifest.json"]) expect((await none(`/models/${name}`)).status).toBe(404);
  expect(await files(none)).toBe(false);
  expect(() => testServices({ MODEL_FILES: "some" })).toThrow(expect.objectContaining({ code: "bad_option" }));
});

test.each([
  ["Apache-2.0", true],
  ["CC-BY-4.0", true],
  ["CC-BY-NC-SA-4.0", false],
  ["RAIL", false],
  ["unverified", false],
  ["none", false],
])("%s lets anybody pass weights on: %s", (name, may) => expect(isPublicLicence(name)).toBe(may));
