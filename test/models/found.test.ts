import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { CATALOGUE } from "../../src/models/catalogue.ts";
import { modelsIn } from "../../src/models/found.ts";

test("a published model is a folder, and nothing else", async () => {
  const folder = await mkdtemp(join(tmpdir(), "orca-found-"));
  try {
    // A fifth, made up of YAMNet, beside a folder and a file that are none.
    await mkdir(join(folder, "reef"));
    await mkdir(join(folder, "notes"));
    await writeFile(join(folder, "list.ts"), "");
    const yamnet = fileURLToPath(new URL("../../src/models/yamnet/index.ts", import.meta.url));
    const text = `import { model as yamnet } from ${JSON.stringify(yamnet)};
export const model = { ...yamnet, description: { ...yamnet.description, id: "reef" } };\n`;
    await writeFile(join(folder, "reef/index.ts"), text);
    const found = await modelsIn(pathToFileURL(`${folder}/`));
    expect(found.map(({ description }) => description.id)).toEqual(["reef"]);
  } finally {
    await rm(folder, { recursive: true });
  }
  expect(CATALOGUE.map(({ description }) => description.id)).toEqual(["humpback", "vggish", "yamnet"]);
});
