import { parquetReadObjects } from "hyparquet";
import { beforeEach, expect, test } from "vitest";
import { jobsResponse } from "../../src/edge/index.ts";
import type { JobReport } from "../../src/edge/job.ts";
import { testServices } from "../support/app.ts";
import { sceneWav } from "../support/recordings.ts";
import { type Edge, edge } from "./support.ts";

const services = testServices({ VARIANT: "int8" });
let here: Edge;
beforeEach(() => {
  here = edge();
  for (let at = 0; at < 7; at++) here.bucket.set(`site/${at}.wav`, scene(at));
  here.bucket.set("site/notes.wav", new TextEncoder().encode("These are notes."));
  here.bucket.set("site/list.txt", new Uint8Array(5));
  here.bucket.set("site-10/other.wav", scene(99));
});

function scene(seed: number): Uint8Array {
  const wav = sceneWav(1);
  wav.fill(seed, 1000, 2000);
  return wav;
}

async function ask(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await jobsResponse(new Request(`http://localhost/v1/jobs${path}`, init), here.env, services);
  return { status: response.status, json: (await response.json()) as JobReport & { code?: string; detail?: string } };
}
const begin = (headers: Record<string, string> = { "idempotency-key": "one" }) =>
  ask("POST", "", { prefix: "site/", model: "yamnet" }, headers);
const results = () => [...here.bucket.objects.keys()].filter((key) => key.startsWith("embeddings/")).sort();

test("every message twice, side by side: each recording has one result, counted once", async () => {
  expect((await begin()).status).toBe(201);
  await here.queue.drain(here.env, services, () => true);
  const { json } = await ask("GET", "/one");
  expect(json).toMatchObject({ state: "done", recordings: 8, done: 7, failed: 1, waiting: 0, windows: 14, seconds: 7 });
  expect(json.failures).toEqual([{ key: "site/notes.wav", code: "not_audio", message: expect.stringMatching(/./) }]);
  expect(results()).toEqual(Array.from({ length: 7 }, (_, at) => `embeddings/site/${at}.wav.yamnet.parquet`));
  expect([...here.bucket.writes.values()]).toEqual(Array(7).fill(1));
  expect(here.bucket.refused).toBeGreaterThan(0);
  const { bytes } = here.bucket.objects.get(results()[0] ?? "") ?? { bytes: new Uint8Array() };
  const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
  expect(rows.map((row) => [row.file, row.window])).toEqual([
    ["site/0.wav", 0],
    ["site/0.wav", 1],
  ]);
});

test("a job that is asked for twice is begun once", async () => {
  await begin();
  expect((await begin()).status).toBe(200);
  await here.queue.drain(here.env, services);
  expect([...here.bucket.writes.values()]).toEqual(Array(7).fill(1));
  expect((await begin({ "idempotency-key": "two" })).status).toBe(201);
  await here.queue.drain(here.env, services);
  // Another job with the same choices finds the results.
  expect([...here.bucket.writes.values()]).toEqual(Array(7).fill(1));
  expect((await ask("GET", "/two")).json).toMatchObject({ state: "done", done: 7, windows: 14 });
});

test("a job that was cancelled does no more, and one that goes on does what is left and what is new", async () => {
  await begin();
  await ask("POST", "/one/cancel");
  await here.queue.drain(here.env, services);
  expect(results()).toEqual([]);
  here.bucket.set("site/new.wav", scene(50));
  here.bucket.set("site/0.wav", scene(51));
  await ask("POST", "/one/resume");
  await here.queue.drain(here.env, services);
  expect((await ask("GET", "/one")).json).toMatchObject({ state: "done", done: 8, failed: 1 });
  expect(results().length).toBe(8);
});

test("an object that changed after it was listed is named, and the job that goes on reads it as it is", async () => {
  await begin();
  let changed = false;
  await here.queue.drain(here.env, services, (body) => {
    if (!changed && (body as { kind: string }).kind === "record") {
      here.bucket.set("site/3.wav", scene(77));
      changed = true;
    }
    return false;
  });
  const { json } = await ask("GET", "/one");
  expect(json.failures.map(({ key, code }) => [key, code])).toEqual([
    ["site/3.wav", "unreadable"],
    ["site/notes.wav", "not_audio"],
  ]);
  await ask("POST", "/one/resume");
  await here.queue.drain(here.env, services);
  expect((await ask("GET", "/one")).json).toMatchObject({ done: 7, failed: 1 });
});

test("what fails for no fault of a recording's is tried again, and given up in words", async () => {
  const { get } = here.bucket;
  here.bucket.get = async (key, options) => {
    if (key === "site/2.wav") throw new Error("R2 is away");
    return get.call(here.bucket, key, options);
  };
  await begin();
  await here.queue.drain(here.env, services);
  expect(here.queue.dead.length).toBe(1);
  const { json } = await ask("GET", "/one");
  expect(json).toMatchObject({ state: "done", done: 6, failed: 2, givenUp: 1 });
  here.bucket.get = get;
  await ask("POST", "/one/resume");
  await here.queue.drain(here.env, services);
  expect((await ask("GET", "/one")).json).toMatchObject({ done: 7, failed: 1, givenUp: 0 });
});

test("R2's word of a new object embeds it; of what is no recording, or is a result, nothing comes", async () => {
  here = edge({ WATCH_JOB: "new" });
  await begin({ "idempotency-key": "new" });
  await here.queue.drain(here.env, services);
  const { etag } = here.bucket.set("site/late.wav", scene(5));
  const event = (key: string, action = "PutObject") => ({
    account: "a",
    action,
    bucket: "b",
    object: { key, size: 1, eTag: etag },
    eventTime: "2026-11-28T12:00:00Z",
  });
  for (const body of [
    event("site/late.wav"),
    event("site/late.wav"),
    event("site/late.wav", "DeleteObject"),
    event("site/gone.wav"),
    event("elsewhere/late.wav"),
    "what is this",
  ])
    here.queue.waiting.push({ body, tries: 0 });
  await here.queue.drain(here.env, services);
  expect(results()).toEqual(["embeddings/site/late.wav.yamnet.parquet"]);
  expect(here.bucket.writes.get("embeddings/site/late.wav.yamnet.parquet")).toBe(1);
  expect((await ask("GET", "/new")).json).toMatchObject({ recordings: 1, done: 1 });
});

test.each([
  [{ prefix: "site/", model: "nothing" }, 400, "unknown_model"],
  [{ prefix: "/site/", model: "yamnet" }, 400, "bad_option"],
  [{ prefix: "a/../b", model: "yamnet" }, 400, "bad_option"],
  [{ prefix: "site/", model: "yamnet", out: "" }, 400, "bad_option"],
  [{ prefix: "site/x", model: "yamnet", out: "site/" }, 400, "bad_option"],
  [{ model: "yamnet" }, 400, "bad_option"],
  [{ prefix: "site/", model: "yamnet", more: 1 }, 400, "bad_option"],
])("%j is refused", async (body, status, code) => {
  const answer = await ask("POST", "", body);
  expect([answer.status, answer.json.code]).toEqual([status, code]);
  expect(here.queue.waiting).toEqual([]);
});

test("a job of no recordings is done, one that is not there is said so, and other pages may not ask", async () => {
  await ask("POST", "", { prefix: "nowhere/", model: "yamnet" }, { "idempotency-key": "none" });
  await here.queue.drain(here.env, services);
  expect((await ask("GET", "/none")).json).toMatchObject({
    state: "done",
    recordings: 0,
    message: 'No recording lies below "nowhere/".',
  });
  expect((await ask("GET", "/other")).json).toMatchObject({ status: 404, detail: 'There is no job "other".' });
  expect((await ask("DELETE", "")).status).toBe(405);
  expect((await begin({ origin: "https://evil.example" })).status).toBe(403);
});

/** The bucket, one of whose requests fails as R2 says it. */
function failing(what: "list" | "get" | "put", message: string): () => void {
  const before = here.bucket[what];
  here.bucket[what] = async () => {
    throw new Error(message);
  };
  return () => {
    here.bucket[what] = before as never;
  };
}

test.each([
  [
    "list",
    "list: The specified bucket does not exist. (10006)",
    /^The bucket of the binding SOUND does not exist\. R2 says: .* Make it/,
  ],
  [
    "get",
    "get: Access Denied (10003)",
    /^The bucket may not be read\. R2 says: .* Give the Worker the right to it\. Resume/,
  ],
  ["put", "put: Access Denied (10003)", /^The bucket may not be written to\./],
  [
    "put",
    "put: The account's storage is used up (10099)",
    /^The bucket takes no more results\. R2 says: .* Make room in it/,
  ],
] as const)(
  "a bucket that says to %s %j stops the job in words, once, and it goes on when it is resumed",
  async (what, message, words) => {
    const mend = failing(what, message);
    await begin();
    await here.queue.drain(here.env, services);
    const { json } = await ask("GET", "/one");
    expect(json).toMatchObject({ state: "failed", done: 0, failed: what === "list" ? 0 : expect.any(Number) });
    expect(json.message).toMatch(words);
    expect([results(), here.queue.dead]).toEqual([[], []]);
    mend();
    await ask("POST", "/one/resume");
    await here.queue.drain(here.env, services);
    expect((await ask("GET", "/one")).json).toMatchObject({ state: "done", done: 7, failed: 1 });
  },
);

test("a job whose prefix lies in another's finds its results; with other choices at the same place it is refused", async () => {
  await begin();
  await here.queue.drain(here.env, services);
  const inner = await ask("POST", "", { prefix: "site/3", model: "yamnet" }, { "idempotency-key": "inner" });
  expect(inner.status).toBe(201);
  await here.queue.drain(here.env, services);
  expect((await ask("GET", "/inner")).json).toMatchObject({ state: "done", recordings: 1, done: 1 });
  expect([...here.bucket.writes.values()]).toEqual(Array(7).fill(1));
  const other = await ask(
    "POST",
    "",
    { prefix: "site", model: "yamnet", scores: true },
    { "idempotency-key": "other" },
  );
  expect([other.status, other.json.detail]).toEqual([
    400,
    'Job "one" puts results of "site/" below "embeddings/" with other choices.',
  ]);
  const elsewhere = { prefix: "site", model: "yamnet", scores: true, out: "scored/" };
  expect((await ask("POST", "", elsewhere, { "idempotency-key": "other" })).status).toBe(201);
  // What lies there and was made otherwise, whoever made it, is not replaced.
  here.bucket.set("mine/site/0.wav.yamnet.parquet", new Uint8Array(9), { job: "x", made: "y", windows: "1" });
  await ask("POST", "", { prefix: "site/0", model: "yamnet", out: "mine/" }, { "idempotency-key": "mine" });
  await here.queue.drain(here.env, services);
  expect((await ask("GET", "/mine")).json.failures).toEqual([
    { key: "site/0.wav", code: "bad_option", message: expect.stringMatching(/was made with other choices/) },
  ]);
  expect((await ask("POST", "", { prefix: "x/", model: "yamnet" }, { "idempotency-key": "one" })).json.detail).toBe(
    'There is a job "one" already, and it is another one.',
  );
});

test("jobs are listed, the newest first, and shown on pages without a script", async () => {
  await begin();
  await begin({ "idempotency-key": "two" });
  await here.queue.drain(here.env, services);
  const { json } = await ask("GET", "");
  expect((json as unknown as { jobs: JobReport[] }).jobs.map(({ id, done }) => [id, done])).toEqual([
    ["two", 7],
    ["one", 7],
  ]);
  expect((await ask("GET", "/one/failures")).json).toMatchObject({ failures: [{ key: "site/notes.wav" }], last: true });
  expect((await ask("GET", "/one/failures?dead=1")).json).toEqual({ failures: [], last: true });
  for (const [path, words] of [
    ["/jobs", /<a href="\/jobs\/one">one<\/a>/],
    ["/jobs/one", /<dt>Recordings<\/dt><dd>8 of 8<\/dd>[\s\S]*<td>site\/notes.wav<\/td>/],
  ] as const) {
    const page = await jobsResponse(new Request(`http://localhost${path}`), here.env, services);
    expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
    expect(await page.text()).toMatch(words);
  }
});
