import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, type Plugin } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** lib/ lies beside build/ and models/ as src/ does: code that looks for them works from both. */
const LIBRARY = join(root, "lib");

/** In a bundle there are no folders to look into: the published models that are there now, as a list (src/models/found.ts). */
const publishedModels: Plugin = {
  name: "published models",
  setup({ onLoad }) {
    onLoad({ filter: /src\/models\/found\.ts$/ }, ({ path }) => {
      const folder = dirname(path);
      const names = readdirSync(folder).sort();
      const models = names.filter((name) => existsSync(join(folder, name, "index.ts")));
      const imports = models.map((name, at) => `import { model as model${at} } from "./${name}/index.ts";`);
      const list = models.map((_, at) => `model${at}`).join(", ");
      return { contents: `${imports.join("\n")}\nexport const FOUND = [${list}];`, loader: "ts", resolveDir: folder };
    });
  },
};

/** Writes the library and the command line as JavaScript with type declarations: what the npm package holds. */
export async function buildLibrary(folder: string = LIBRARY): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await bundleLibrary(folder);
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const options = ["-p", "tsconfig.lib.json", "--outDir", relative(root, folder)];
  await promisify(execFile)(process.execPath, [tsc, ...options], { cwd: root });
}

/** The JavaScript alone, in a second: what the tests of the command line start. */
export async function bundleLibrary(folder: string = LIBRARY): Promise<void> {
  const before = await readdir(folder).catch(() => []);
  for (const file of before) if (/\.js(\.map)?$/.test(file)) await rm(join(folder, file));
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
    plugins: [publishedModels],
    sourcemap: true,
    logLevel: "warning",
  });
}
