import { chmod, cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { OrcaError } from "../../errors.ts";
import { MODELS_FOLDER } from "../../runtime.node.ts";
import { engineName } from "../options.ts";
import { layOutAssets } from "../workerd/assets.ts";
import { canBundle, workerdPath, writeWorkerdBundle } from "../workerd/bundle.ts";
import { startFront } from "./front.ts";
import { WorkerProcess } from "./workers.ts";

/** The command's options as commander gives them. */
interface Given {
  readonly processes: string;
  readonly address: string;
  readonly models: string;
  readonly engine?: string;
  readonly engines?: string;
  readonly variant?: string;
  readonly var: readonly string[];
  readonly folder?: string;
}

/** How long running requests may go on after the first signal (ms); a second one ends them at once. */
const PATIENCE = 5000;

export function serveCommand(): Command {
  return new Command("serve")
    .description("Serve the Worker with several workerd processes behind one address, until Ctrl-C.")
    .option("-n, --processes <count>", "workerd processes", String(availableParallelism()))
    .option("--address <host:port>", "where to listen", "127.0.0.1:8787")
    .option("--engine <name>", "what runs the nets: auto, ort or kernels (default: auto)")
    .option("--engines <names>", "what requests may name: ort, kernels, or both with a comma (default: --engine's)")
    .option("--variant <name>", "form of the weights for requests that name none (default: fp32)")
    .option(
      "--var <name=value>",
      "a limit or another var of wrangler.toml; may be repeated",
      (text, all: string[]) => [...all, text],
      [],
    )
    .option("--models <dir>", "where the models are", MODELS_FOLDER)
    .option("--folder <dir>", "serve this folder of npm run workerd, as it is")
    .action(serve);
}

async function serve(given: Given): Promise<void> {
  const count = Number(given.processes);
  if (!(Number.isInteger(count) && count >= 1 && count <= 256)) {
    throw new OrcaError("bad_option", `--processes ${given.processes} is not a number from 1 to 256.`, {
      field: "processes",
    });
  }
  const [host, port] = addressOf(given.address);
  const folder = await mkdtemp(join(tmpdir(), "orca-serve-"));
  // The sockets lie here: for nobody else.
  await chmod(folder, 0o700);
  const workers: WorkerProcess[] = [];
  try {
    const { workerd, config } = given.folder === undefined ? await bundle(folder, given) : await ready(given.folder);
    const settings = { workerd, config, folder, say: (sentence: string) => console.error(`orca-embed: ${sentence}`) };
    for (let number = 1; number <= count; number++) workers.push(new WorkerProcess(number, settings));
    if ((await Promise.all(workers.map((worker) => worker.start()))).includes(false)) {
      throw new OrcaError("internal", "workerd did not start; what it said stands above.");
    }
    const front = await startFront(workers, host, port);
    const at = host.includes(":") ? `[${host}]` : host;
    console.log(`Listening at http://${at}:${front.port} with ${count} ${count === 1 ? "process" : "processes"}`);
    await untilStopped((patience) => front.stop(patience));
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    await rm(folder, { recursive: true, force: true });
  }
}

/** The Worker of this checkout, in `folder`. */
async function bundle(folder: string, given: Given): Promise<{ workerd: string; config: string }> {
  if (!(await canBundle())) {
    throw new OrcaError("internal", "The Worker's source is not here.", {
      hint: "Use the project's checkout, or --folder with what npm run workerd wrote there.",
    });
  }
  const vars = varsOf(given);
  const assets = join(folder, "assets");
  await layOutAssets(given.models, assets);
  await copyPage(assets);
  const config = await writeWorkerdBundle({
    folder: join(folder, "bundle"),
    assets,
    // Each process is told its own.
    address: "127.0.0.1:0",
    vars,
    // onnxruntime-web's 14 MB, which no request may ask for, would be compiled at each start.
    kernelsOnly: vars.ENGINE === "kernels" && (vars.ENGINES ?? "kernels") === "kernels",
  });
  return { workerd: workerdPath(), config };
}

/** The page, where npm run build has made it. */
async function copyPage(assets: string): Promise<void> {
  const built = fileURLToPath(new URL("../../../dist/assets", import.meta.url));
  const files = await readdir(built).catch(() => []);
  for (const file of files) if (file !== "models") await cp(join(built, file), join(assets, file), { recursive: true });
}

/** A folder that npm run workerd wrote. */
async function ready(folder: string): Promise<{ workerd: string; config: string }> {
  const files: string[] = await readdir(folder).catch(() => []);
  if (!files.includes("config.capnp") || !files.includes("workerd")) {
    throw new OrcaError("bad_option", `${folder} is not a folder that npm run workerd wrote.`, { field: "folder" });
  }
  return { workerd: resolve(folder, "workerd"), config: resolve(folder, "config.capnp") };
}

function varsOf({ engine, engines, variant, var: others }: Given): Record<string, string> {
  const vars: Record<string, string> = {};
  if (engine !== undefined) vars.ENGINE = engineName(engine);
  if (engines !== undefined)
    vars.ENGINES = engines
      .split(",")
      .map((name) => engineName(name.trim()))
      .join(",");
  if (variant !== undefined) vars.VARIANT = variant;
  for (const text of others) {
    const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      throw new OrcaError("bad_option", `--var ${text} is not NAME=VALUE.`, { field: "var" });
    }
    vars[name] = value;
  }
  return vars;
}

function addressOf(text: string): [host: string, port: number] {
  const [, host, digits] = /^(?:\[(?=.*\]))?([^\]]+)\]?:(\d+)$/.exec(text) ?? [];
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return [host, port];
  throw new OrcaError("bad_option", `--address ${text} is not HOST:PORT.`, { field: "address" });
}

/** Waits for a signal and stops; a second signal does not wait for what is running. */
function untilStopped(stop: (patience: number) => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    let signals = 0;
    const stopping = () => {
      signals++;
      stop(signals === 1 ? PATIENCE : 0).then(resolve, reject);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stopping);
  });
}
