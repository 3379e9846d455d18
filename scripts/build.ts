/** npm run build: kernels, models, assets, and the library and command line as JavaScript in dist/. */
import { rm } from "node:fs/promises";
import { build } from "esbuild";
import { buildAll } from "./support/build.ts";

await buildAll();
await rm("dist/lib", { recursive: true, force: true });
await build({
  entryPoints: { "orca-embed": "src/cli/main.ts", index: "src/index.ts", "index.node": "src/index.node.ts" },
  outdir: "dist/lib",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node22",
  packages: "external",
  sourcemap: true,
  logLevel: "warning",
});
