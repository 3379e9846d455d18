import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** lib/ lies beside build/ and models/ as src/ does: code that looks for them works from both. */
const LIBRARY = join(root, "lib");

/** Writes the library and the command line as JavaScript with type declarations: what the npm package holds. */
export async function buildLibrary(folder: string = LIBRARY): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: {
      "orca-embed": "src/cli/start.ts",
      "extract-worker": "src/cli/extract/worker.ts",
      index: "src/index.ts",
      "index.node": "src/index.node.ts",
      onnx: "src/onnx/index.ts",
    },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    // Node's own modules stay imports; index.js has none of them.
    platform: "node",
    target: "es2023",
    packages: "external",
    sourcemap: true,
    logLevel: "warning",
  });
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const options = ["-p", "tsconfig.lib.json", "--outDir", relative(root, folder)];
  await promisify(execFile)(process.execPath, [tsc, ...options], { cwd: root });
}
