/**
 * Converts what make.py wrote and compares with the models that the project builds from the same weights, byte for byte:
 * `node scripts/run.mjs reference/check.ts FOLDER`. Prints a table; fails where anything differs.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Converted, convertOne } from "../scripts/support/convert-one.ts";
import { MODEL_NAMES } from "../src/models/index.ts";

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
  for (const model of MODEL_NAMES) {
    const seeded = await convertOne(model, "seeded", folder);
    row(`${model}, seeded builder`, seeded, "");
    for (const file of FILES[model]) {
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

function row(what: string, { entry, seconds, memory }: Converted, verdict: string): void {
  const short = (digest = "") => `\`${digest.slice(0, 16)}…\``;
  const { onnx, ort } = entry.variants.fp32 ?? {};
  const memoryText = `${Math.round(memory / 1e6)} MB`;
  console.log(
    `| ${what} | ${short(onnx?.sha256)} | ${short(ort?.sha256)} | ${seconds.toFixed(1)} | ${memoryText} | ${verdict} |`,
  );
}
