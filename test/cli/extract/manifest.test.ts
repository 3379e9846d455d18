import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Manifest } from "../../../src/cli/extract/manifest.ts";
import type { Entry } from "../../../src/jobs/index.ts";

const source = { model: "yamnet", path: "/data/été", bytes: 1, modified: 2, version: "0.1.0" } as const;
const ENTRIES: readonly Entry[] = [
  { result: "failed", recording: "été.wav", ...source, code: "not_audio", message: "text" },
  ...["été.wav", "b.wav"].map((recording) => ({
    result: "done" as const,
    recording,
    ...source,
    settings: { channel: "mean" },
    outputs: { ndjson: { include: "" } },
    windows: 1,
    seconds: 1,
    findings: 0,
    lost: 0,
  })),
];

let folder = "";
let path = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "orca-manifest-"));
  path = join(folder, "manifest.ndjson");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function opened<T>(use: (manifest: Manifest) => T | Promise<T>): Promise<T> {
  const manifest = await Manifest.open(path);
  try {
    return await use(manifest);
  } finally {
    await manifest.close();
  }
}

const known = () => opened((manifest) => [...manifest.entries()]);

test("the last entry of a recording and model counts", async () => {
  await opened(async (manifest) => void (await Promise.all(ENTRIES.map((entry) => manifest.add(entry)))));
  expect(await known()).toEqual(ENTRIES.slice(1));
  await opened((manifest) => {
    expect(manifest.get("été.wav", "yamnet")).toEqual(ENTRIES[1]);
    expect(manifest.get("été.wav", "vggish")).toBeUndefined();
    expect(manifest.damaged).toEqual([]);
  });
});

test("cut at any byte it keeps every whole line, and goes on behind them", async () => {
  const bytes = readFileSync(path);
  // Every third byte: in the middle of lines, and at the ends of some.
  for (let cut = 0; cut < bytes.length; cut += 3) {
    writeFileSync(path, bytes.subarray(0, cut));
    const lines = bytes.subarray(0, cut).filter((byte) => byte === 0x0a).length;
    const kept = ENTRIES.slice(0, Math.max(0, lines - 1));
    const last = new Map(kept.map((entry) => [entry.recording, entry]));
    expect(await known()).toEqual([...last.values()]);
    await opened((manifest) => manifest.add(ENTRIES[2] as Entry));
    last.set("b.wav", ENTRIES[2] as Entry);
    expect(await known()).toEqual([...last.values()]);
  }
});

test("a line that is none is counted and passed over", async () => {
  const lines = ENTRIES.map((entry) => JSON.stringify(entry));
  const odd = ['{"manifest":"orca-embed extract","format":1}', '{"result":"done"}', "\0\0\0", ...lines, "[]", ""];
  writeFileSync(path, odd.join("\n"));
  expect(await known()).toEqual(ENTRIES.slice(1));
  expect(await opened(({ damaged }) => damaged)).toEqual([2, 3, 7]);
});

test("a newer version's is refused", async () => {
  writeFileSync(path, '{"manifest":"orca-embed extract","format":2}\n');
  await expect(Manifest.open(path)).rejects.toThrow(/has the format 2; version .* knows 1/);
});
