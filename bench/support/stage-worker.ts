import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { workerdPath } from "../../src/cli/workerd/bundle.ts";
import { answers, freePort } from "../../src/cli/workerd/process.ts";
import type { Stage } from "../stages.ts";

const path = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));

export interface StageWorker {
  /** Runs a stage in workerd and gives how many numbers came out. */
  run(stage: Stage, seconds: number): Promise<number>;
  stop(): Promise<void>;
}

/** bench/worker.ts in plain workerd: one isolate, one thread, no inspector. */
export async function startStageWorker(): Promise<StageWorker> {
  const folder = await mkdtemp(join(tmpdir(), "orca-stages-"));
  await build({
    entryPoints: [path("bench/worker.ts")],
    outfile: join(folder, "worker.js"),
    bundle: true,
    format: "esm",
    plugins: [
      {
        // workerd takes no module names with "..": the kernels lie beside the bundle.
        name: "kernels-beside",
        setup(bundle) {
          bundle.onResolve({ filter: /kernels\.wasm$/ }, () => ({ path: "./kernels.wasm", external: true }));
        },
      },
    ],
    logLevel: "warning",
  });
  await copyFile(path("build/kernels.wasm"), join(folder, "kernels.wasm"));
  const port = await freePort();
  await writeFile(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ (name = "main", worker = (
    modules = [ (name = "worker.js", esModule = embed "worker.js"), (name = "./kernels.wasm", wasm = embed "kernels.wasm") ],
    compatibilityDate = "2026-11-01") ) ],
  sockets = [ (name = "http", address = "127.0.0.1:${port}", http = (), service = "main") ]
);
`,
  );
  const child = spawn(workerdPath(), ["serve", join(folder, "config.capnp")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const exited = once(child, "exit");
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 200 && !(await answers(url)); tries++) await new Promise((next) => setTimeout(next, 50));
  return {
    async run(stage, seconds) {
      const response = await fetch(`${url}/${stage}?seconds=${seconds}`);
      if (!response.ok) throw new Error(`${stage}: workerd answered ${response.status}`);
      return Number(await response.text());
    },
    async stop() {
      child.kill("SIGTERM");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
