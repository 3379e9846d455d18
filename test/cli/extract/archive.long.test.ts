/**
 * A thousand recordings in a bucket whose service fails one time in a hundred and is slow now and then, the runner killed five
 * times; then sixteen shards of the same in a folder, three of them killed. elsewhere.test.ts does it with a few.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { placeOf, putObject, RemoteClient, readObject } from "../../../src/remote/index.ts";
import { wav16 } from "../../../src/sample/index.ts";
import { type FailingProxy, startFailingProxy } from "../../support/failing-proxy.ts";
import { noise } from "../../support/recordings.ts";
import { startS3Server } from "../../support/s3-server.ts";
import { startS3rver } from "../../support/s3rver.ts";
import { resultsIn, startExtract } from "./support.ts";

const COUNT = Number(process.env.ORCA_ARCHIVE ?? 1000);
const [KILLS, SHARDS, KILLED_SHARDS] = [5, 16, 3];

/** Those that s3rver knows. */
const KEYS = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };

function bucketPlace(address: string) {
  const place = placeOf(address);
  if (place.kind === "bucket") return place;
  throw new Error("no bucket");
}

let folder = "";
let proxy: FailingProxy;
let service: { readonly url: string; close(): void };
let local: Awaited<ReturnType<typeof run>["ended"]>;
const closing: (() => void)[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "orca-archive-"));
  const others = await startS3rver(join(folder, "s3"), ["archive", "results"]);
  const own = others === undefined ? await startS3Server(["archive", "results"], { forTest: false }) : undefined;
  console.log(`The service is ${own === undefined ? "s3rver" : "the tests' own"}.`);
  service = (others ?? own) as typeof service;
  closing.push(() => service.close());
  const client = new RemoteClient({ endpoint: service.url, anonymous: false }, KEYS);
  for (let at = 0; at < COUNT; at++) {
    const name = `site-${at % 7}/${Math.floor(at / 7)}.wav`;
    const bytes = wav16(noise(15_600, at), 16_000);
    mkdirSync(dirname(join(folder, "sound", name)), { recursive: true });
    writeFileSync(join(folder, "sound", name), bytes);
    await putObject(client, bucketPlace(`s3://archive/sound/${name}`), {
      size: bytes.length,
      read: async (from, length) => bytes.subarray(from, from + length),
    });
  }
  proxy = await startFailingProxy(service.url);
  // Ten pages.
  proxy.rewrite = (path) => (isListing(path) ? `${path}&max-keys=${Math.ceil(COUNT / 10)}` : path);
  closing.push(() => proxy.close());
  local = await run("sound", "local", "--jobs", "2").ended;
  console.log(`local: ${local.last} ${early(local.memory)} and ${late(local.memory)} MB`);
}, 1_800_000);
afterAll(() => {
  for (const close of closing) close();
  rmSync(folder, { recursive: true, force: true });
});

const isListing = (path: string) => path.startsWith("/archive/?") && path.includes("list-type=2");

/** A run, watched for its memory. */
function run(given: string, out: string, ...more: readonly string[]) {
  const running = startExtract(folder, given, "--out", out, "--variant", "int8", ...more);
  const memory: number[] = [];
  const look = setInterval(() => memory.push(residentMegabytes(running.pid)), 250);
  const ended = running.ended.then((end) => {
    clearInterval(look);
    return { ...end, last: end.stdout.trim().split("\n").at(-1) ?? "", memory };
  });
  return { ...running, ended };
}

function residentMegabytes(pid: number): number {
  try {
    return Math.round(Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1000);
  } catch {
    return 0;
  }
}

/** Results that the manifests tell of, once or more. */
function entries(out: string): string[] {
  const state = join(folder, out, ".orca-embed");
  if (!existsSync(state)) return [];
  return readdirSync(state)
    .filter((name) => name.startsWith("manifest"))
    .flatMap((name) => readFileSync(join(state, name), "utf8").split("\n").slice(1, -1))
    .map((line) => (JSON.parse(line) as { recording: string }).recording);
}

const written = (out: string) => entries(out).length;

/** Results that are not a local run's. */
function different(out: string): string[] {
  const [a, b] = [resultsIn(join(folder, out)), resultsIn(join(folder, "local"))];
  return [...new Set([...a.keys(), ...b.keys()])].filter(
    (name) => a.get(name)?.equals(b.get(name) ?? Buffer.of()) !== true,
  );
}

/** Of a run's memory the highest in its second quarter and in its last: what grows with the archive grows between them. */
const early = (memory: readonly number[]) => Math.max(...memory.slice(memory.length >> 2, memory.length >> 1));
const late = (memory: readonly number[]) => Math.max(...memory.slice((3 * memory.length) >> 2));

test(`${COUNT} recordings through a service that fails, the runner killed ${KILLS} times: one result each, a local run's bytes`, async () => {
  expect(local.status).toBe(0);
  const happened = { refused: 0, cut: 0, late: 0 };
  proxy.mishap = (asked, path) => {
    if (isListing(path)) return { late: 100 };
    if (asked % 100 === 0) {
      happened.refused++;
      return { status: 503, code: "SlowDown" };
    }
    if (asked % 97 === 0) {
      happened.cut++;
      return { cutAfter: 10_000 };
    }
    if (asked % 50 !== 0) return undefined;
    happened.late++;
    return { late: 500 };
  };
  const far = () => run("s3://archive/sound", "far", "--jobs", "2", "--anonymous", "--endpoint", proxy.url);
  for (let kill = 1; kill <= KILLS; kill++) {
    const running = far();
    const enough = written("far") + COUNT / (KILLS + 2);
    const watch = setInterval(
      () => {
        // The first time while it lists.
        if (kill === 1 ? listings().length > 0 : written("far") >= enough) running.child.kill("SIGKILL");
      },
      kill === 1 ? 5 : 50,
    );
    const { signal } = await running.ended;
    clearInterval(watch);
    console.log(
      `kill ${kill}: ${signal}; ${written("far")} of ${COUNT} are there, ${listings().length} listing broken off`,
    );
  }
  const last = await far().ended;
  console.log(`far: ${last.last} ${early(last.memory)} and ${late(last.memory)} MB`);
  console.log(`${proxy.asked} requests: ${JSON.stringify(happened)}`);
  expect(last.stderr).not.toContain("orca-embed:");
  expect(last.status).toBe(0);
  expect(written("far")).toBe(COUNT);
  expect(different("far")).toEqual([]);
  expect(late(local.memory)).toBeLessThan(early(local.memory) + 60);
  expect(happened.refused).toBeGreaterThan(5);
});

const listings = () => {
  const state = join(folder, "far/.orca-embed");
  return existsSync(state) ? readdirSync(state).filter((name) => name.startsWith("listing")) : [];
};

test("the same results into a bucket, through the same failures", async () => {
  const out = ["s3://results/run", "--endpoint", proxy.url, "--jobs", "2"] as const;
  process.env.AWS_ACCESS_KEY_ID = KEYS.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = KEYS.secretAccessKey;
  const killed = run("sound", ...out);
  setTimeout(() => killed.child.kill("SIGKILL"), 15_000);
  await killed.ended;
  const last = await run("sound", ...out).ended;
  console.log(`to the bucket: ${last.last}`);
  expect(last.status).toBe(0);
  const back = await run("sound", ...out).ended;
  expect(back.last).toContain(`${COUNT} already done`);
  const client = new RemoteClient({ endpoint: service.url, anonymous: false }, KEYS);
  for (const [name, bytes] of resultsIn(join(folder, "local"))) {
    const there = await readObject(client, bucketPlace(`s3://results/run/${name}`));
    if (!bytes.equals(there ?? Buffer.of())) throw new Error(`${name} has other bytes`);
  }
});

test(`${SHARDS} shards at once, ${KILLED_SHARDS} of them killed: complete after one more pass, nothing twice`, async () => {
  const shards = Array.from({ length: SHARDS }, (_, at) => run("sound", "shards", "--shard", `${at + 1}/${SHARDS}`));
  const watch = setInterval(() => {
    if (written("shards") < COUNT / 10) return;
    for (const { child } of shards.slice(0, KILLED_SHARDS)) child.kill("SIGKILL");
    clearInterval(watch);
  }, 20);
  const ended = await Promise.all(shards.map((shard) => shard.ended));
  clearInterval(watch);
  console.log(
    `${ended.filter(({ status }) => status === 0).length} of ${SHARDS} ended well, ${written("shards")} results`,
  );
  const pass = await run("sound", "shards").ended;
  console.log(`one more pass: ${pass.last}`);
  expect(pass.status).toBe(0);
  expect(different("shards")).toEqual([]);
  const lines = entries("shards");
  expect(lines.length).toBe(COUNT);
  expect(new Set(lines).size).toBe(COUNT);
});
