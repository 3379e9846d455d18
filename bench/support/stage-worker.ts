import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { CODECS } from "../../src/audio/index.ts";
import { workerdPath } from "../../src/cli/workerd/bundle.ts";
import { answers, freePort } from "../../src/cli/workerd/process.ts";
import type { Stage } from "../stages.ts";

const MODULES = ["kernels", ...CODECS].map((name) => `${name}.wasm`);

const path = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));

export interface StageWorker {
  /** Runs a stage in workerd and gives how many numbers came out. */
  run(stage: Stage, seconds: number): Promise<number>;
  /** Decodes a recording so many times in workerd and gives how many samples came out. */
  decode(file: Uint8Array, times: number): Promise<number>;
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
        // workerd takes no module names with "..": the modules lie beside the bundle.
        name: "modules-beside",
        setup(bundle) {
          bundle.onResolve({ filter: /\.wasm$/ }, ({ path: from }) => ({
            path: `./${basename(from)}`,
            external: true,
          }));
        },
      },
    ],
    logLevel: "warning",
  });
  for (const name of MODULES) await copyFile(path(`build/${name}`), join(folder, name));
  const port = await freePort();
  await writeFile(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ (name = "main", worker = (
    modules = [
      (name = "worker.js", esModule = embed "worker.js"),
${MODULES.map((name) => `      (name = "./${name}", wasm = embed "${name}"),`).join("\n")}
    ],
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
    async decode(file, times) {
      // workerd closes connections that idle, and the peers that are timed in between block this process for seconds.
      const headers = { connection: "close" };
      const response = await fetch(`${url}/?times=${times}`, { method: "POST", headers, body: new Uint8Array(file) });
      if (!response.ok) throw new Error(`workerd answered ${response.status}`);
      return Number(await response.text());
    },
    async stop() {
      child.kill("SIGTERM");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
