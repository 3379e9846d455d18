/**
 * Whether int8 embeddings have the same bits wherever they are computed:
 *
 *   node reference/int8-bits.ts [COMMAND…]
 *
 * packs each net, full size, from seeded weights, and runs it on fixed windows in processes of this Node as it is, without
 * AVX-VNNI, without AVX and with plain SIMD, and by COMMAND, which runs another Node (docs/engines.md has one for ARM64
 * under qemu). Prints the hash of every embedding and score; the exit code is 1 where two differ.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type NetContract, sizeOf } from "../src/engines/index.ts";
import { kernelsEngine } from "../src/nn/index.ts";

const embedding = (size: number) => ({ name: "embedding", shape: [size] });
const scores = (size: number) => ({ name: "scores", shape: [size] });
const NETS: Readonly<Record<string, NetContract>> = {
  yamnet: { input: { name: "window", shape: [96, 64] }, outputs: [embedding(1024), scores(521)] },
  humpback: { input: { name: "window", shape: [128, 64] }, outputs: [embedding(2048), scores(1)] },
  vggish: { input: { name: "window", shape: [96, 64] }, outputs: [embedding(128)] },
};
/** Windows of one run: more than one row of tiles, and a remainder. */
const WINDOWS = 3;

const script = fileURLToPath(import.meta.url);
const compiled = (level: string) =>
  new WebAssembly.Module(readFileSync(new URL(`../build/nn-${level}.wasm`, import.meta.url)));

/** Numbers as a log-mel or PCEN window has them, by nothing but integers. */
function windowsOf({ input }: NetContract): Float32Array[] {
  let state = 7;
  return Array.from({ length: WINDOWS }, () =>
    Float32Array.from({ length: sizeOf(input) }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return state / 2 ** 30;
    }),
  );
}

/** In a process of its own: the hashes of what the packed models in `folder` give. */
async function hashes(folder: string, level: string): Promise<void> {
  const engine = kernelsEngine(
    level === "plain" ? { simd: compiled("simd") } : { relaxed: compiled("relaxed"), simd: compiled("simd") },
  );
  const out: string[] = [];
  for (const [name, contract] of Object.entries(NETS)) {
    const bytes = readFileSync(join(folder, `${name}.packed`));
    const chunks = (async function* () {
      yield bytes;
    })();
    const session = await engine.load({ length: bytes.length, chunks }, contract);
    const outputs = await session.run(windowsOf(contract));
    const hash = createHash("sha256");
    for (const { name } of contract.outputs) {
      const values = outputs.get(name) ?? new Float32Array(0);
      hash.update(new Uint8Array(values.buffer, 0, values.byteLength));
    }
    out.push(`${name} ${hash.digest("hex").slice(0, 16)}`);
  }
  console.log([`${process.arch}, ${engine.name}`, ...out].join("\n"));
}

async function main(command: readonly string[]): Promise<void> {
  // The packer is not for the other Node, whose packages are not here.
  const { packModel } = await import("../src/convert/pack/pack-model.ts");
  const { seededOnnx } = await import("../test/nn/support/models.ts");
  const folder = mkdtempSync(join(tmpdir(), "orca-int8-bits-"));
  const modules = { relaxed: compiled("relaxed"), simd: compiled("simd") };
  try {
    for (const name of ["yamnet", "humpback", "vggish"] as const) {
      const { parts } = await packModel(await seededOnnx(name), "int8", modules);
      writeFileSync(join(folder, `${name}.packed`), Buffer.concat(parts));
    }
    const node = process.execPath;
    const runs: readonly (readonly [string, readonly string[], string])[] = [
      ["as it is", [node], "best"],
      ["without AVX-VNNI", [node, "--no-enable-avx-vnni"], "best"],
      ["without AVX", [node, "--no-enable-avx"], "best"],
      ["plain SIMD", [node], "plain"],
      ...(command.length === 0 ? [] : [[command.join(" "), command, "best"] as const]),
    ];
    const seen = new Set<string>();
    for (const [what, [program = "", ...args], level] of runs) {
      const printed = execFileSync(program, [...args, script, "--hashes", folder, level], { encoding: "utf8" });
      const [machine, ...lines] = printed.trim().split("\n");
      console.log(`${what} (${machine}): ${lines.join(", ")}`);
      seen.add(lines.join());
    }
    console.log(seen.size === 1 ? "The same bits everywhere." : "THE BITS DIFFER.");
    if (seen.size > 1) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [first, folder = "", level = ""] = process.argv.slice(2);
if (first === "--hashes") await hashes(folder, level);
else await main(process.argv.slice(2));
