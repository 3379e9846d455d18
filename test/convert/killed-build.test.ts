import { spawnSync } from "node:child_process";
import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { buildModel } from "../../src/convert/build-model.ts";
import { sha256OfFile } from "../../src/convert/hash.ts";
import { filesOf, readManifest } from "../../src/convert/models-folder.ts";
import { SEEDED } from "../../src/convert/seeded-models.ts";
import { catalogued } from "../../src/models/catalogue.ts";
import { LONG } from "../support/long.ts";
import { thinWeights } from "../support/thin-models.ts";
import { temporaryFolder } from "./readers/support.ts";

const child = fileURLToPath(new URL("killed-build-child.ts", import.meta.url));

/** Whose model the folder has, after every file of it was compared with the manifest. */
async function modelIn(folder: string): Promise<string> {
  const { models } = await readManifest(folder);
  for (const { file, sha256 } of models.flatMap(filesOf)) {
    expect([file, await sha256OfFile(join(folder, file))]).toEqual([file, sha256]);
  }
  return models.map(({ source }) => source.address).join();
}

/** The ordinary run tries every third step. */
const EVERY = LONG ? 1 : 3;

test("a build that is killed before any of its steps leaves the old model or the new one, and the next one cleans up", async () => {
  const start = join(await temporaryFolder(), "start");
  await buildModel(
    catalogued("yamnet"),
    thinWeights("yamnet"),
    { ...SEEDED, source: { address: "old", sha256: null } },
    start,
  );
  const run = async (step: number) => {
    const folder = join(await temporaryFolder(), "models");
    await cp(start, folder, { recursive: true });
    const { stdout, signal } = spawnSync(process.execPath, [child, folder, String(step)], { encoding: "utf8" });
    return { folder, steps: Number(stdout), signal };
  };
  const whole = await run(-1);
  expect([await modelIn(whole.folder), whole.signal]).toEqual(["new", null]);
  const files = (await readdir(start)).length;
  const outcomes: string[] = [];
  for (let step = 0; step < whole.steps; step += EVERY) {
    const { folder, signal } = await run(step);
    expect(signal).toBe("SIGKILL");
    outcomes.push(await modelIn(folder));
    // Whatever was left, the next build leaves its own model and nothing else.
    await buildModel(catalogued("yamnet"), thinWeights("yamnet"), SEEDED, folder);
    await modelIn(folder);
    expect((await readdir(folder)).length).toBe(files);
    expect(await readFile(join(folder, "manifest.json"), "utf8")).toContain('"seeded"');
  }
  // One step is the change from one to the other.
  const change = outcomes.indexOf("new");
  console.log(
    `killed before ${outcomes.length} of ${whole.steps} steps: ${change} times the old model, then the new one`,
  );
  expect(change).toBeGreaterThan(5 / EVERY);
  expect(outcomes.length).toBeGreaterThan(change);
  expect(outcomes).toEqual(outcomes.map((_, at) => (at < change ? "old" : "new")));
});
