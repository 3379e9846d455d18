import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tsSegments } from "../../live/support/segments.ts";
import { sceneWav } from "../../support/recordings.ts";
import { type Asked, type Mishap, type S3Server, startS3Server } from "../../support/s3-server.ts";
import { resultsIn, startExtract } from "./support.ts";

const BUCKET = "archive";
const COUNT = 12;
let folder = "";
let server: S3Server;
const names = Array.from({ length: COUNT }, (_, at) => `site ${at % 3}/${at}.wav`);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "orca-elsewhere-"));
  server = await startS3Server([BUCKET, "results"], { forTest: false });
  const scene = sceneWav(2);
  for (const [at, name] of names.entries()) {
    mkdirSync(join(folder, "sound", name, ".."), { recursive: true });
    const wav = scene.slice();
    // Each another sound, and long enough for two connections.
    wav.fill(at, 1000, 2000);
    writeFileSync(join(folder, "sound", name), wav);
    server.objects.set(`${BUCKET}/sound/${name}`, wav);
  }
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const extract = (...args: readonly string[]) => startExtract(folder, ...args, "--endpoint", server.url);
const sourceOf = `s3://${BUCKET}/sound`;

test("a bucket through errors, slow answers and kills gives a local run's bytes, each once; then what changed alone is read", async () => {
  const local = await extract("sound", "--out", "local").ended;
  expect(local.stderr).toContain("no learned meaning");
  expect(local.status).toBe(0);
  server.page = 5;
  let count = 0;
  server.mishap = () => {
    count++;
    if (count % 7 === 0) return { status: 503, code: "SlowDown" };
    if (count % 11 === 0) return { cutAfter: 30_000 };
    return count % 5 === 0 ? { late: 100 } : undefined;
  };
  for (let kill = 0; kill < 2; kill++) {
    const run = extract(sourceOf, "--out", "far", "--jobs", "2");
    const before = written("far");
    const watch = setInterval(() => {
      if (written("far") >= before + 2) run.child.kill("SIGKILL");
    }, 20);
    await run.ended;
    clearInterval(watch);
  }
  const last = await extract(sourceOf, "--out", "far", "--jobs", "2").ended;
  expect(last.stderr.replaceAll(/^.*no learned meaning.*\n/gm, "")).toBe("");
  expect(last.status).toBe(0);
  server.mishap = () => undefined;
  expect(same(resultsIn(join(folder, "far")), resultsIn(join(folder, "local")))).toEqual([]);
  const asked = server.asked.length;
  const [first = ""] = names;
  server.objects.set(`${BUCKET}/sound/${first}`, sceneWav(1));
  const again = await extract(sourceOf, "--out", "far").ended;
  expect(again.stdout).toContain(`${COUNT} results: 1 done, ${COUNT - 1} already done`);
  const read = server.asked.slice(asked).filter(({ method, path }) => method === "GET" && path.endsWith(".wav"));
  expect([...new Set(read.map(({ path }) => path))]).toEqual([`/${BUCKET}/sound/${first}`]);
});

test("results go to a bucket, are known there by the next run, and shards of it share the work", async () => {
  const out = "s3://results/run";
  const shards = await Promise.all(
    ["1/2", "2/2"].map((shard) => extract("sound", "--out", out, "--shard", shard).ended),
  );
  expect(shards.map(({ status }) => status)).toEqual([0, 0]);
  const keys = [...server.objects.keys()].filter(
    (key) => key.startsWith("results/run/") && !key.includes("/.orca-embed/"),
  );
  expect(keys.sort()).toEqual(names.map((name) => `results/run/${name}.yamnet.ndjson`).sort());
  const there = new Map(
    keys.map((key) => [key.slice("results/run/".length), Buffer.from(server.objects.get(key) ?? [])]),
  );
  expect(same(there, resultsIn(join(folder, "local")))).toEqual([]);
  server.objects.delete(keys[0] ?? "");
  const again = await extract("sound", "--out", out).ended;
  expect(again.stdout).toContain(`${COUNT} results: 1 done, ${COUNT - 1} already done`);
});

test("shards of one folder at once do each recording once; one that was killed is completed by one more pass", async () => {
  const shards = [1, 2, 3].map((shard) => extract("sound", "--out", "shards", "--shard", `${shard}/3`));
  shards[1]?.child.kill("SIGKILL");
  await Promise.all(shards.map(({ ended }) => ended));
  const pass = await extract("sound", "--out", "shards").ended;
  expect(pass.status).toBe(0);
  expect(same(resultsIn(join(folder, "shards")), resultsIn(join(folder, "local")))).toEqual([]);
  const state = join(folder, "shards/.orca-embed");
  const entries = readdirSync(state)
    .filter((name) => name.endsWith(".ndjson"))
    .flatMap((name) => readFileSync(join(state, name), "utf8").trim().split("\n").slice(1))
    .map((line) => JSON.parse(line).recording);
  expect(entries.sort()).toEqual([...names].sort());
});

test("an Orcasound node's segments are one recording with the live start, and the same numbers as their bytes end to end", async () => {
  const segments = tsSegments(3).map((segment, at) => ({ ...segment, name: `live00${at}.ts` }));
  const lines = segments.map(({ seconds, name }) => `#EXTINF:${seconds},\n${name}`);
  for (const { name, bytes } of segments) server.objects.set(`${BUCKET}/rpi_lab/hls/1601165815/${name}`, bytes);
  const playlist = new TextEncoder().encode(["#EXTM3U", "#EXT-X-TARGETDURATION:1", ...lines].join("\n"));
  server.objects.set(`${BUCKET}/rpi_lab/hls/1601165815/live.m3u8`, playlist);
  const when = ["--from", "2020-09-27T00:00:00Z", "--to", "2020-09-27T01:00:00Z"];
  const node = await extract("--node", "rpi_lab", ...when, "--archive", `s3://${BUCKET}`, "--out", "node").ended;
  expect(node.status).toBe(0);
  writeFileSync(join(folder, "joined.ts"), Buffer.concat(segments.map(({ bytes }) => bytes)));
  await extract("joined.ts", "--out", "joined", "--start", "2020-09-27T00:16:57Z").ended;
  const records = (path: string) =>
    readFileSync(join(folder, path), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  const [header, ...windows] = records("node/rpi_lab/hls/1601165815.ts.yamnet.ndjson");
  expect(header.start).toMatchObject({
    utc: "2020-09-27T00:16:57.000Z",
    source: "folder's epoch and EXTINF",
    uncertainty: 2,
  });
  expect(windows.slice(0, -1)).toEqual(records("joined/joined.ts.yamnet.ndjson").slice(1, -1));
});

test.each([
  [["s3://nowhere/x"], 2, /s3:\/\/nowhere\/: there is no bucket nowhere/],
  [["--node", "rpi_lab"], 2, /--node needs --from and a later --to/],
  [["sound", "--shard", "4/3"], 2, /--shard 4\/3 is not one of so many/],
  [["sound", "--out", "s3://nowhere/out"], 2, /there is no bucket nowhere/],
  [["s3://archive/nothing/"], 2, /s3:\/\/archive\/nothing\/: no recording lies in this folder/],
  [[], 2, /No recordings were given/],
])("%j ends with %i and a sentence", async (args, status, said) => {
  const ran = await extract(...args).ended;
  expect(ran.stderr).toMatch(said);
  expect(ran.status).toBe(status);
});

/** Four recordings. */
const site = `${sourceOf}/site 0`;
const wav = ({ method, path }: { method: string; path: string }) => method === "GET" && path.endsWith(".wav");
const put = ({ method, path }: { method: string; path: string }) => method === "PUT" && path.endsWith(".yamnet.ndjson");

test.each<[string, (asked: Asked) => boolean, Mishap, string, RegExp, number]>([
  [
    "credentials end",
    wav,
    { status: 400, code: "ExpiredToken" },
    "ended",
    /the credentials have ended \(status 400, ExpiredToken\)/,
    1,
  ],
  [
    "a recording is closed",
    wav,
    { status: 403, code: "AccessDenied" },
    "closed",
    /\.wav is not open to this user \(status 403, AccessDenied\)/,
    1,
  ],
  [
    "the bucket is full",
    put,
    { status: 507 },
    "s3://results/full",
    /cannot be written: the bucket takes no more \(status 507\)/,
    1,
  ],
  [
    "the bucket is closed",
    put,
    { status: 403, code: "AccessDenied" },
    "s3://results/shut",
    /cannot be written: .* not open to this user/,
    1,
  ],
])("%s in mid-run: a sentence, and the same command goes on", async (_, of, mishap, out, said, status) => {
  let count = 0;
  server.mishap = (asked) => (of(asked) && ++count > (asked.method === "PUT" ? 2 : 4) ? mishap : undefined);
  const { stderr, status: code } = await extract(site, "--out", out).ended;
  server.mishap = () => undefined;
  expect(stderr).toMatch(said);
  expect(stderr).not.toContain("Unexpected");
  expect(code).toBe(status);
  const again = await extract(site, "--out", out).ended;
  expect(again.status).toBe(0);
  expect(again.stdout).toMatch(/^4 results: \d done, [1-3] already done/m);
});

test("an object that changes while it is read fails alone, with a sentence, and is read the next time as it is then", async () => {
  const [first = ""] = names;
  const key = `${BUCKET}/sound/${first}`;
  let cut = false;
  server.mishap = ({ method, path }) => {
    if (cut || method !== "GET" || path !== `/${key}`) return undefined;
    cut = true;
    setTimeout(() => server.objects.set(key, sceneWav(1.5)), 10);
    return { cutAfter: 30_000 };
  };
  const ran = await extract(sourceOf, "--out", "changing").ended;
  server.mishap = () => undefined;
  expect(ran.stderr).toContain(`s3://${key} has changed while it was read.`);
  expect(ran.stdout).toContain(`${COUNT} results: ${COUNT - 1} done, 1 failed (unreadable 1)`);
  const again = await extract(sourceOf, "--out", "changing").ended;
  expect(again.stdout).toContain(`${COUNT} results: 1 done, ${COUNT - 1} already done`);
});

/** Result files that are there. */
function written(out: string): number {
  try {
    return resultsIn(join(folder, out)).size;
  } catch {
    return 0;
  }
}

/** Names of results that are not the same in both. */
function same(a: ReadonlyMap<string, Buffer>, b: ReadonlyMap<string, Buffer>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => {
    const [one, other] = [a.get(name), b.get(name)];
    return one === undefined || other === undefined || !one.equals(other);
  });
}
