import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agreement, type Recording, recordingsIn } from "../../src/cli/models/agreement.ts";
import { MODEL_NAMES } from "../../src/models/index.ts";
import { nodeRuntime } from "../../src/runtime.node.ts";
import { sharedExists, sharedPath } from "../support/shared.ts";
import { referenceFolder, seededFolder } from "../support/test-models.ts";

/** By ffmpeg, where the project's own decoders do not read the format. */
function hasFfmpeg(): boolean {
  try {
    execFileSync("ffmpeg", ["-version"], { stdio: "ignore" });
    return true;
  } catch {
    console.warn("Skipped: recordings that are not WAV, because there is no ffmpeg.");
    return false;
  }
}

let folder = "";
let recordings: Recording[] = [];
beforeAll(async () => {
  if (!sharedExists) return;
  folder = await mkdtemp(join(tmpdir(), "orca-edge-"));
  const others = hasFfmpeg() ? readdirSync(sharedPath("audio")).filter((name) => !name.endsWith(".wav")) : [];
  const converted = others.map((name) => {
    const wav = join(folder, `${name}.wav`);
    execFileSync("ffmpeg", ["-v", "error", "-i", sharedPath(`audio/${name}`), "-c:a", "pcm_f32le", wav]);
    return wav;
  });
  const wavs = readdirSync(sharedPath("audio")).filter((name) => name.endsWith(".wav"));
  recordings = await recordingsIn([...wavs.map((name) => sharedPath(`audio/${name}`)), ...converted]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the edge variant is near fp32", () => {
  test.skipIf(!sharedExists)("the real YAMNet, in every window of every recording", async () => {
    const near = await agreement("yamnet", "edge", "ort", await nodeRuntime(referenceFolder), recordings);
    console.log(`yamnet edge: ${JSON.stringify(near)}`);
    expect(near.unreadable).toEqual([]);
    expect(near.windows).toBeGreaterThan(600);
    expect(near.median).toBeGreaterThanOrEqual(0.999);
    expect(near.worst).toBeGreaterThanOrEqual(0.99);
  });

  test.each(MODEL_NAMES)("seeded %s, on the synthesised scene", async (name) => {
    const near = await agreement(name, "edge", "ort", await nodeRuntime(seededFolder), await recordingsIn(undefined));
    expect(near.windows).toBeGreaterThan(5);
    // Seeded nets are kinder than trained ones: 0.9997 and more was measured.
    expect(near.worst).toBeGreaterThanOrEqual(0.999);
    // Another net altogether: the weights were not turned back into the floats they came from.
    expect(near.median).toBeLessThan(1 - 1e-7);
  });
});
