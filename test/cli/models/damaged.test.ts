import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { convertPublished } from "../../../src/cli/models/convert.ts";
import { readManifest } from "../../../src/convert/models-folder.ts";
import { catalogued } from "../../../src/models/catalogue.ts";
import { FIXTURES, fixturePath, refusal, temporaryFolder } from "../../convert/readers/support.ts";
import { tarGzOf } from "../../support/archives.ts";
import { sharedExists } from "../../support/shared.ts";

/** What becomes of a file: its bytes, its name. */
const DAMAGE: Readonly<Record<string, (bytes: Buffer) => Uint8Array>> = {
  "with a flipped bit in its middle": (bytes) => flipped(bytes, bytes.length >> 1),
  "with a flipped bit near its start": (bytes) => flipped(bytes, 300),
  "cut in its middle": (bytes) => bytes.subarray(0, bytes.length >> 1),
  "without its last byte": (bytes) => bytes.subarray(0, -1),
};

function flipped(bytes: Buffer, at: number): Buffer {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 4, at);
  return bytes;
}

async function filesOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  const hex = async (name: string) => (await readFile(join(folder, name))).toString("base64");
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await hex(name)])));
}

describe.skipIf(!sharedExists)("a damaged file writes nothing, and leaves the model of before", () => {
  const cases = FIXTURES.flatMap((fixture) => Object.keys(DAMAGE).map((damage) => ({ ...fixture, damage })));

  test.each(cases)("$name $damage", async ({ name, model, format, damage }) => {
    const folder = await temporaryFolder();
    const models = join(folder, "models");
    await convertPublished(catalogued(model), { path: fixturePath(name) }, models);
    const before = await filesOf(models);
    const copy = join(folder, name);
    await cp(fixturePath(name), copy, { recursive: true, mode: 0 });
    const file = format === "v1-checkpoint" ? copy : join(copy, "variables/variables.data-00000-of-00001");
    const bytes = await readFile(file);
    await writeFile(`${file}.new`, DAMAGE[damage]?.(bytes) ?? bytes);
    await cp(`${file}.new`, file, { force: true });
    const error = await refusal(() => convertPublished(catalogued(model), { path: copy }, models));
    expect(error.code).toBe("weights_invalid");
    // The file and the byte; where a tensor's own bytes are damaged, its name.
    expect(error.message).toMatch(/^(Tensor \S+: )?\S+, byte \d+: |, or its end is missing\.$/);
    if (damage === "with a flipped bit in its middle") expect(error.message).toMatch(/^Tensor \S+: /);
    expect(await filesOf(models)).toEqual(before);
    expect((await readManifest(models)).models.length).toBe(1);
  });

  test.each(Object.keys(DAMAGE))("a .tar.gz %s", async (damage) => {
    const folder = await temporaryFolder();
    const path = join(folder, "yamnet.tar.gz");
    const bytes = await tarGzOf(fixturePath("yamnet_1_thin8"));
    await writeFile(path, DAMAGE[damage]?.(bytes) ?? bytes);
    const error = await refusal(() => convertPublished(catalogued("yamnet"), { path }, join(folder, "models")));
    expect(error.code).toBe("weights_invalid");
    expect(await readdir(join(folder, "models")).catch(() => [])).toEqual([]);
  });
});
