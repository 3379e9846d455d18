/**
 * Converts what make.py wrote and compares with the models that the project builds from the same weights, byte for byte:
 * `node scripts/run.mjs reference/check.ts FOLDER`. Prints a table; fails where anything differs.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Converted, convertOne } from "../scripts/support/convert-one.ts";
import { readComponents } from "../src/convert/readers/index.ts";
import { readNpz } from "../src/convert/readers/npz.ts";
import { projected } from "../src/models/index.ts";
import { description as vggish } from "../src/models/vggish/description.ts";

const FILES = {
  vggish: ["vggish_model.ckpt", "vggish_1", "vggish_1.tar.gz"],
  yamnet: ["yamnet.h5", "yamnet_1", "yamnet_1.tar.gz"],
  humpback: ["humpback_whale_1", "humpback_whale_1.tar.gz"],
} as const;

const source = process.argv[2];
if (source === undefined) throw new Error("Give the folder that make.py wrote.");
const folder = await mkdtemp(join(tmpdir(), "orca-embeddings-reference-"));
console.log("| file | .onnx sha256 | .ort sha256 | s | peak memory | |\n| --- | --- | --- | --- | --- | --- |");
try {
  for (const [model, files] of Object.entries(FILES)) {
    const seeded = await convertOne(model, "seeded", folder);
    row(`${model}, seeded builder`, seeded, "");
    for (const file of files) {
      const converted = await convertOne(model, join(source, file), folder);
      // The whole entry: every piece's sha256, the parameter count, PCEN's vectors.
      const same = isDeepStrictEqual(converted.entry, seeded.entry);
      if (!same) process.exitCode = 1;
      row(`\`${file}\``, converted, same ? "equal" : "DIFFERS");
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
await checkPca(source);

/** VGGish's post-processing against NumPy's. */
async function checkPca(source: string): Promise<void> {
  const pca = await readComponents(join(source, "vggish_pca_params.npz"), 128);
  const range = vggish.principalComponents ?? { lowest: 0, highest: 0 };
  const cases = readNpz(await readFile(join(source, "vggish_pca_cases.npz")), "vggish_pca_cases.npz");
  const embeddings = Float32Array.from(cases.get("embeddings")?.values ?? []);
  const expected = cases.get("bytes")?.values ?? [];
  let equal = 0;
  for (let at = 0; at < embeddings.length; at += 128) {
    const out = projected(embeddings.subarray(at, at + 128), pca, range);
    for (const [i, value] of out.entries()) if (value === expected[at + i]) equal++;
  }
  if (equal !== 128_000) process.exitCode = 1;
  console.log(`\npostprocess=pca: ${equal} of 128,000 values as NumPy's.`);
}

function row(what: string, { entry, seconds, memory }: Converted, verdict: string): void {
  const short = (digest = "") => `\`${digest.slice(0, 16)}…\``;
  const { onnx, artefacts = {} } = entry.variants.fp32 ?? {};
  const memoryText = `${Math.round(memory / 1e6)} MB`;
  console.log(
    `| ${what} | ${short(onnx?.sha256)} | ${short(artefacts.ort?.sha256)} | ${seconds.toFixed(1)} | ${memoryText} | ${verdict} |`,
  );
}
