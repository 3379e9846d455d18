import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fakeNode } from "../live/support/fake-node.ts";
import { tsSegments } from "../live/support/segments.ts";
import { orcaEmbed } from "../support/command-line.ts";
import { recordsOf } from "../support/records.ts";
import { seededFolder } from "../support/test-models.ts";

const EPOCH = 1_700_000_000;

test("follow prints the records of a playlist until it ends, or writes a file a stretch", async () => {
  const node = await fakeNode(EPOCH);
  node.add(...tsSegments(5));
  node.end();
  node.instead.set(node.pathOf("live002.ts"), (_, response) => response.writeHead(404).end());
  const common = ["follow", node.playlistUrl, "--models", seededFolder];
  const printed = await orcaEmbed(common);
  expect(printed.stderr).toMatch(/gap: .*live002\.ts is not there/);
  expect(printed.status).toBe(0);
  const types = (await recordsOf(printed.stdout)).map(({ type }) => type);
  expect(types.filter((type) => type !== "window")).toEqual(["header", "summary", "gap", "header", "summary"]);

  const out = mkdtempSync(join(tmpdir(), "orca-follow-"));
  try {
    const written = await orcaEmbed([...common, "--out", out, "--format", "ndjson,csv"]);
    expect(written.stdout).toBe("");
    const first = new Date((EPOCH + 2) * 1000).toISOString().replace(/[-:]|\.\d+/g, "");
    const files = readdirSync(out).sort();
    expect(files).toHaveLength(4);
    expect(files.slice(0, 2)).toEqual([`${first}.yamnet.csv`, `${first}.yamnet.ndjson`]);
    const lines = readFileSync(join(out, `${first}.yamnet.ndjson`), "utf8")
      .trim()
      .split("\n");
    expect(lines).toEqual(printed.stdout.split("\n").slice(0, lines.length));
  } finally {
    rmSync(out, { recursive: true });
  }
});

test("what cannot be followed is said in one line", async () => {
  const node = await fakeNode(EPOCH);
  expect((await orcaEmbed(["follow"])).stderr).toMatch(/^orca-embed: Give either the address of a playlist or --node/);
  const base = node.url.replace("/rpi_test", "");
  const missing = await orcaEmbed(["follow", "--node", "rpi_else", "--base", base, "--models", seededFolder]);
  expect(missing.stderr).toMatch(/^orca-embed: The hydrophone cannot be read: rpi_else\/latest\.txt is not there/);
  expect(missing.status).toBe(1);
});
