import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { extract } from "../../src/extract.ts";
import { headText } from "../../src/heads/index.ts";
import { namedHeads } from "../../src/http/heads.ts";
import { embeddingsRequest } from "../../src/http/options.ts";
import { EMBEDDINGS, type OptionSet } from "../../src/options/index.ts";
import type { HeaderRecord } from "../../src/records/index.ts";
import { nodeRuntime, type Runtime } from "../../src/runtime.node.ts";
import { madeHead } from "../heads/support.ts";
import { sceneWav } from "../support/recordings.ts";
import { seededFolder } from "../support/test-models.ts";

let runtime: Runtime;
const headFile = join(seededFolder, "header-test.head.json");
beforeAll(async () => {
  writeFileSync(headFile, headText(madeHead(1024, ["call"])));
  runtime = await nodeRuntime(seededFolder);
});
afterAll(() => rmSync(headFile, { force: true }));

const PCM = { pcm: "s16le", rate: "48000" };

/** Two queries for each option that decides numbers. A new option needs a line here. */
const TWO: Readonly<Record<string, readonly [Record<string, string>, Record<string, string>]>> = {
  variant: [{}, { variant: "int8", engine: "kernels" }],
  engine: [{ engine: "ort" }, { engine: "kernels" }],
  channel: [{}, { channel: "0" }],
  highpass: [{}, { highpass: "10" }],
  pcen: [{ model: "humpback" }, { model: "humpback", pcen: "window" }],
  pcm: [PCM, { ...PCM, pcm: "s16be" }],
  rate: [PCM, { ...PCM, rate: "44100" }],
  channels: [PCM, { ...PCM, channels: "2" }],
  heads: [{}, { heads: "header-test" }],
  detect: [{ detect: "yamnet:1" }, { detect: "yamnet:1>0.7" }],
  site: [{ heads: "header-test" }, { heads: "header-test", site: "haro" }],
  events: [{ heads: "header-test" }, { heads: "header-test", events: "gap=2" }],
  start: [{}, { start: "2024-05-01T12:00:00Z" }],
  zone: [{ file: "20210101_120000.wav" }, { file: "20210101_120000.wav", zone: "-07:00" }],
  "zone-overrules": [
    { file: "20210101_120000Z.wav", zone: "-07:00" },
    { file: "20210101_120000Z.wav", zone: "-07:00", "zone-overrules": "1" },
  ],
};

async function header(query: Record<string, string>): Promise<HeaderRecord> {
  const { model, variant, engine, options, ...named } = embeddingsRequest({ model: "yamnet", ...query }, "");
  const heads = await namedHeads(runtime.store, named);
  const wav = sceneWav(1);
  const audio = options.raw === undefined ? wav : wav.subarray(44);
  for await (const record of extract(audio, model, { runtime, ...options, ...heads, variant, engine })) {
    if (record.type === "header") return record;
  }
  throw new Error("There was no header.");
}

describe("every result says in its header what decided its numbers", () => {
  const deciding = Object.values<OptionSet[string]>(EMBEDDINGS).flatMap(({ name, decides }) =>
    decides !== undefined && "numbers" in decides ? [{ name, field: decides.numbers }] : [],
  );

  test.each(deciding)("$name, in $field", async ({ name, field }) => {
    // VGGish's, whose PCA needs its parameters: test/convert/vggish-pca-model.test.ts reads its header.
    if (name === "postprocess") return expect(field).toBe("postprocess");
    const two = TWO[name] ?? expect.fail(`TWO has no queries of ${name}.`);
    const [one, other] = await Promise.all(two.map(header));
    expect(other?.[field]).toBeDefined();
    expect(other?.[field]).not.toEqual(one?.[field]);
  });
});
