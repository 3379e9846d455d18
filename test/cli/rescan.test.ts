import { spawn } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CLI, orcaEmbed } from "../support/command-line.ts";
import { LONG } from "../support/long.ts";
import { until } from "../support/processes.ts";
import { startS3Server } from "../support/s3-server.ts";
import { writeArchive } from "../support/stored-embeddings.ts";

const [FILES, KILLS] = LONG ? [1000, 5] : [12, 1];
const WINDOWS = 150;

let folder = "";
const at = (...names: readonly string[]) => join(folder, ...names);
const rescan = (given: string, out: string, ...more: readonly string[]) =>
  orcaEmbed(["rescan", given, "--head", at("call.json"), "--out", out, ...more]);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "orca-rescan-"));
  await writeArchive(folder, { files: FILES, windows: WINDOWS, dimensions: 24 });
  const whole = await rescan(at("results"), at("whole"));
  expect([whole.stderr, whole.status]).toEqual(["", 0]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Tables of single files, by their names, with their bytes. */
function tables(out: string): Map<string, string> {
  const names = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".call.csv"));
  return new Map(names.sort().map((name) => [name, readFileSync(join(out, name), "utf8")]));
}

function entries(out: string): string[] {
  const state = join(out, ".orca-embed");
  return readdirSync(state)
    .filter((name) => name.endsWith(".ndjson"))
    .flatMap((name) => readFileSync(join(state, name), "utf8").trim().split("\n").slice(1))
    .map((line) => (JSON.parse(line) as { recording: string }).recording);
}

test("Parquet files and a collection give the events that detect finds, each in its place and all in one table", async () => {
  const detected = await orcaEmbed([
    "detect",
    at("calls"),
    "--head",
    at("call.json"),
    "-f",
    "csv",
    "-o",
    at("detected"),
  ]);
  expect(detected.status).toBe(0);
  const found = readFileSync(at("detected/detections.csv"), "utf8");
  expect(found.split("\n").length).toBeGreaterThan(FILES);
  expect(readFileSync(at("whole/events.csv"), "utf8")).toBe(found);
  const collection = await rescan(at("calls"), at("of-calls"), "--format", "csv,ndjson");
  expect(collection.stdout).toContain(` in ${FILES * WINDOWS} windows of `);
  expect(readFileSync(at("of-calls/events.csv"), "utf8")).toBe(found);
  const lines = readFileSync(at("of-calls/events.ndjson"), "utf8").trim().split("\n");
  expect(lines.length).toBe(found.trim().split("\n").length - 1);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ type: "detection", class: "orca", head: "call", site: "site-0" });
  expect(tables(at("whole")).size).toBe(FILES);
  const again = await rescan(at("results"), at("whole"));
  expect(again.stdout).toContain(`${FILES} results: 0 done, ${FILES} already done.`);
});

test("shards that are killed are completed by one more pass: each file once, with the same bytes", async () => {
  for (let kill = 0; kill < KILLS; kill++) {
    const [one, other] = [1, 2].map((shard) =>
      spawn(
        process.execPath,
        [CLI, "rescan", at("results"), "--head", at("call.json"), "--out", at("shards"), "--shard", `${shard}/2`],
        { stdio: "ignore" },
      ),
    );
    const before = written();
    const ends = [one, other].map((child) => new Promise((resolve) => child?.on("close", resolve)));
    await until(() => written() > before || one?.exitCode !== null);
    one?.kill("SIGKILL");
    await Promise.all(ends);
  }
  const pass = await rescan(at("results"), at("shards"));
  expect(pass.status).toBe(0);
  expect(tables(at("shards"))).toEqual(tables(at("whole")));
  expect(readFileSync(at("shards/events.csv"), "utf8")).toBe(readFileSync(at("whole/events.csv"), "utf8"));
  expect(entries(at("shards")).length).toBe(new Set(entries(at("shards"))).size);

  function written(): number {
    try {
      return readdirSync(at("shards"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".csv"))
        .length;
    } catch {
      return 0;
    }
  }
});

test("a bucket's give the same, into a bucket, through errors and late answers", async () => {
  const server = await startS3Server(["archive", "results"]);
  const names = readdirSync(at("results"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".parquet"),
  );
  for (const name of names.slice(0, 8)) server.objects.set(`archive/e/${name}`, readFileSync(at("results", name)));
  server.objects.set("archive/e/calls/yamnet/hoplite.sqlite", readFileSync(at("calls/yamnet/hoplite.sqlite")));
  server.objects.set("archive/e/a.wav", new Uint8Array(10));
  server.page = 10;
  let asked = 0;
  server.mishap = () => {
    asked++;
    if (asked % 13 === 0) return { status: 503, code: "SlowDown" };
    if (asked % 19 === 0) return { cutAfter: 100 };
    return asked % 7 === 0 ? { late: 50 } : undefined;
  };
  const ran = await rescan("s3://archive/e", "s3://results/events", "--endpoint", server.url);
  expect(ran.stderr).toContain("files that are not called as embeddings of yamnet are");
  expect(ran.status).toBe(0);
  for (const name of names.slice(0, 8)) {
    const table = Buffer.from(server.objects.get(`results/events/${name}.call.csv`) ?? []).toString();
    expect(table).toBe(tables(at("whole")).get(`${name}.call.csv`));
  }
  const all = Buffer.from(server.objects.get("results/events/calls/yamnet/hoplite.sqlite.call.csv") ?? []).toString();
  expect(all).toBe(readFileSync(at("whole/events.csv"), "utf8"));
});

test("what cannot be read fails alone, with a sentence; other heads do not mix with these", async () => {
  mkdirSync(at("odd"));
  const [name = ""] = readdirSync(at("results/site-0"));
  copyFileSync(at("results/site-0", name), at("odd/good.yamnet.parquet"));
  copyFileSync(at("results/site-0", name), at("odd/cut.yamnet.parquet"));
  truncateSync(at("odd/cut.yamnet.parquet"), 2000);
  writeFileSync(at("odd/text.yamnet.parquet"), "no Parquet at all");
  cpSync(at("calls/yamnet"), at("odd/yamnet"), { recursive: true });
  writeFileSync(at("odd/yamnet/hoplite.sqlite"), "no database");
  const ran = await rescan(at("odd"), at("odd-events"));
  expect(ran.stdout).toContain("4 results: 1 done, 3 failed");
  expect(ran.stderr).toMatch(/cut\.yamnet\.parquet cannot be used: it is no Parquet, or not whole\./);
  expect(ran.stderr).toMatch(/hoplite\.sqlite cannot be used: it is no SQLite database\./);
  expect(ran.stderr).not.toContain("Unexpected");
  expect(ran.status).toBe(1);
  const head = JSON.parse(readFileSync(at("call.json"), "utf8"));
  writeFileSync(
    at("other.json"),
    JSON.stringify({ ...head, bias: Buffer.from(Float32Array.of(1).buffer).toString("base64"), id: "call" }),
  );
  const other = await orcaEmbed(["rescan", at("results"), "--head", at("other.json"), "--out", at("whole")]);
  expect(other.stderr).toMatch(/holds call of .* with head call [0-9a-f]{12}, and this run asks for head call/);
  expect(other.status).toBe(2);
  writeFileSync(at("humpback.json"), JSON.stringify({ ...head, model: { ...head.model, id: "humpback" } }));
  const foreign = await orcaEmbed(["rescan", at("calls"), "--head", at("humpback.json"), "--out", at("foreign")]);
  expect(foreign.stderr).toMatch(/They are embeddings of yamnet, and the heads are for humpback\./);
  expect(foreign.status).toBe(1);
  const none = await rescan(at("odd/yamnet/nothing"), at("none"));
  expect(none.stderr).toMatch(/there is no such file/);
  expect((await orcaEmbed(["rescan", at("results")])).stderr).toMatch(/--head names no head/);
});
