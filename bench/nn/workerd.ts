import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { folder } from "./files.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const WASM = ["nn-relaxed", "nn-simd", "ort-wasm-simd-threaded"] as const;

/** bench/nn/worker.ts in a workerd of its own, on a free port of the loopback. */
export async function startWorkerd(): Promise<{ url: string; stop(): void }> {
  await build({
    entryPoints: [`${root}bench/nn/worker.ts`],
    outfile: `${folder}/worker.mjs`,
    bundle: true,
    format: "esm",
    external: ["module", "worker_threads"],
    target: "es2022",
    plugins: [
      {
        name: "wasm-beside",
        setup({ onResolve }) {
          onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path: `./${path.split("/").at(-1)}`, external: true }));
        },
      },
    ],
  });
  const ort = createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm");
  for (const name of WASM) {
    copyFileSync(name.startsWith("ort") ? ort : `${root}build/${name}.wasm`, `${folder}/${name}.wasm`);
  }
  const port = await freePort();
  writeFileSync(`${folder}/config.capnp`, config(port));
  // The binary itself: npm's node_modules/.bin/workerd is a script that would leave it running.
  const { default: binary } = createRequire(import.meta.url)("workerd") as { default: string };
  const process_ = spawn(binary, ["serve", `${folder}/config.capnp`], { stdio: "inherit" });
  const url = `http://127.0.0.1:${port}`;
  await answers(url, process_);
  return { url, stop: () => process_.kill() };
}

function config(port: number): string {
  const modules = WASM.map((name) => `(name = "${name}.wasm", wasm = embed "${name}.wasm")`).join(", ");
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.mjs", esModule = embed "worker.mjs"), ${modules}],
      compatibilityDate = "2026-11-01",
      bindings = [(name = "FILES", service = "files")],
    )),
    (name = "files", disk = (path = "${folder}")),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function answers(url: string, process_: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 100 && process_.exitCode === null; tries++) {
    try {
      await fetch(url);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error("workerd does not answer");
}
