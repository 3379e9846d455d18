import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cosine, distribution } from "../../src/cli/models/agreement.ts";
import { CHECKOUT_CLI } from "../support/command-line.ts";
import { sceneWav } from "../support/recordings.ts";
import { seededFolder } from "../support/test-models.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "orca-compare-cli-"));
  writeFileSync(join(folder, "scene.wav"), sceneWav(4));
  writeFileSync(join(folder, "notes.txt"), "These are notes, not a recording.");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CHECKOUT_CLI, ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

test("models compare: a row a variant, and a sentence for a file that is no recording", () => {
  const { status, stdout, stderr } = run("models", "compare", "yamnet", "--models", seededFolder, "--audio", ".");
  expect(status).toBe(0);
  const [heading, fp32, packed, int8, ...more] = stdout.trim().split("\n");
  expect(heading).toMatch(/file MB.*workerd \+MB.*batch 1.*batch 8.*median.*p5.*worst/);
  expect(fp32).toMatch(/^yamnet fp32 ort( +[\d.]+){4} +reference$/);
  expect(more).toEqual([]);
  // 4 s: 1 + ceil((64,000 - 15,600) / 7,680) windows.
  for (const [row, name, size, nearness] of [
    [packed, "fp32 kernels", 15, 0.999999],
    [int8, "int8 kernels", 4, 0.99],
  ] as const) {
    const cells = row?.startsWith(`yamnet ${name} `) ? row.split(/ +/).slice(3).map(Number) : [];
    expect([name, cells.length]).toEqual([name, 8]);
    const [bytes, memory, , , windows, median, p5, worst] = cells as [number, number, ...number[]];
    expect(bytes).toBeCloseTo(size, 0);
    if (process.platform === "linux") expect(memory).toBeGreaterThan(5);
    expect(windows).toBe(8);
    expect(worst).toBeGreaterThan(nearness);
    expect([p5, median]).toEqual([p5, median].sort());
  }
  expect(stderr).toContain("Left out: 1 x no audio");
  expect(stderr).toContain("yamnet: seeded weights");
});

test("models compare: what is not there is named", () => {
  expect(run("models", "compare", "perch")).toMatchObject({ status: 1, stderr: expect.stringContaining("perch") });
  const missing = run("models", "compare", "--audio", "nowhere");
  expect(missing).toMatchObject({
    status: 2,
    stderr: "orca-embed: nowhere: there is no such file. Give files or folders.\n",
  });
});

test("extract --variant: int8 is named in the header, and a variant that is not there is an error", () => {
  // Results of another variant in the same folder would be refused first.
  const extract = (variant: string, ...more: string[]) =>
    run("extract", "scene.wav", "--models", seededFolder, "--variant", variant, ...more);
  expect(extract("int8").status).toBe(0);
  const [header = ""] = readFileSync(join(folder, "embeddings/scene.wav.yamnet.ndjson"), "utf8").split("\n");
  expect(JSON.parse(header)).toMatchObject({ model: "yamnet", variant: "int8" });
  expect(extract("int4", "--out", "other")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('no variant "int4". There is: fp32 (kernels, ort), int8 (kernels).'),
  });
});

test("the distribution of cosines", () => {
  const hundred = Array.from({ length: 101 }, (_, i) => i / 100).reverse();
  expect(distribution(hundred)).toEqual({ windows: 101, median: 0.5, p5: 0.05, worst: 0 });
  expect(distribution([])).toEqual({ windows: 0, median: Number.NaN, p5: Number.NaN, worst: Number.NaN });
  expect(cosine(Float32Array.of(3, 4), Float32Array.of(4, 3))).toBeCloseTo(0.96, 12);
  expect(cosine(new Float32Array(2), new Float32Array(2))).toBe(1);
  expect(cosine(new Float32Array(2), Float32Array.of(1, 0))).toBeNaN();
});
