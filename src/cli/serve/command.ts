import { access, readdir, readFile, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { OrcaError, writingInto } from "../../errors.ts";
import { hostPolicy } from "../../http/index.ts";
import { makeFolder } from "../../make-folder.node.ts";
import { MODELS_FOLDER } from "../../runtime.node.ts";
import { engineName } from "../options.ts";
import { printLine, printNote } from "../print.ts";
import { CONFIG, canBundle, SERVED_CONFIG, settingsIn, workerdPath, writeWorkerdBundle } from "../workerd/bundle.ts";
import { checkSettings, givenVars } from "../workerd/vars.ts";
import { startFront } from "./front.ts";
import { type RunFolder, runFolder } from "./run-folder.ts";
import { type Bundle, WorkerProcess } from "./workers.ts";

/** The command's options as commander gives them. */
interface Given {
  readonly processes: string;
  readonly address: string;
  readonly models: string;
  readonly collections?: string;
  readonly engine?: string;
  readonly engines?: string;
  readonly variant?: string;
  readonly var: readonly string[];
  readonly folder?: string;
  readonly drain: string;
  readonly proxies: string;
}

/** Seconds that running requests may go on after the first signal. */
const DEFAULT_DRAIN = 30;

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
    .option("--collections <dir>", "keep collections in this folder (default: none are kept)")
    .option("--proxies <addresses>", "whose X-Forwarded headers hold, with commas; loopback: this machine", "loopback")
    .option("--drain <seconds>", "how long running requests may go on after the first signal", String(DEFAULT_DRAIN))
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
  const patience = 1000 * Number(given.drain);
  if (!(patience >= 0)) {
    throw new OrcaError("bad_option", `--drain ${given.drain} is not a number of seconds.`, { field: "drain" });
  }
  const folderBundle = given.folder === undefined ? undefined : await ready(given.folder, given);
  const vars =
    folderBundle === undefined ? await varsOf(given, host) : settingsIn(await readFile(folderBundle.config, "utf8"));
  checkSettings(vars);
  const hosts = hostPolicy(vars);
  const folder = await runFolder();
  const workers: WorkerProcess[] = [];
  try {
    const bundle = folderBundle === undefined ? await bundling(folder, given, vars) : async () => folderBundle;
    const say = (sentence: string) => printNote(`orca-embed: ${sentence}`);
    const settings = { folder: () => folder.path(), say };
    for (let number = 1; number <= count; number++) {
      // Two that open one database at once: one of them does not start.
      const keeps = number === 1 || given.collections === undefined;
      workers.push(new WorkerProcess(number, { ...settings, bundle: keeps ? bundle : withoutCollections(bundle) }));
    }
    if ((await Promise.all(workers.map((worker) => worker.start()))).includes(false)) {
      throw new OrcaError("internal", "workerd did not start; what it said stands above.");
    }
    const front = await startFront(workers, { host, port, hosts, proxies: given.proxies.split(",") });
    const at = host.includes(":") ? `[${host}]` : host;
    printLine(`Listening at http://${at}:${front.port} with ${count} ${count === 1 ? "process" : "processes"}`);
    await untilStopped((signals) => front.stop(signals === 1 ? patience : 0));
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    await folder.remove();
  }
}

/** The Worker of this checkout; models and page are read where they lie. It is bundled again where it was removed. */
async function bundling(
  folder: RunFolder,
  { models, collections }: Pick<Given, "models" | "collections">,
  vars: Vars,
): Promise<() => Promise<Bundle>> {
  if (!(await canBundle())) {
    throw new OrcaError("internal", "The Worker's source is not here.", {
      hint: "Use the project's checkout, or --folder with what npm run workerd wrote there.",
    });
  }
  if (!(await stat(models).catch(() => undefined))?.isDirectory()) {
    throw new OrcaError("bad_option", `${models} is no folder with models.`, { field: "models" });
  }
  if (collections !== undefined) await writingInto(collections, () => makeFolder(collections));
  const kept = collections === undefined ? {} : { collections: resolve(collections) };
  const page = fileURLToPath(new URL("../../../dist/assets", import.meta.url));
  let written: Promise<string> | undefined;
  const write = async () => {
    const into = join(await folder.path(), "bundle");
    // Each process is told its own address.
    const assets = { models: resolve(models), page: (await exists(page)) ? page : into };
    return writeWorkerdBundle({ folder: into, assets, address: "127.0.0.1:0", vars, ...kept });
  };
  return async () => {
    if (written === undefined || !(await whole(await written))) written = write();
    return { workerd: workerdPath(), config: await written };
  };
}

/** The same for a process that keeps none. */
function withoutCollections(bundle: () => Promise<Bundle>): () => Promise<Bundle> {
  return async () => {
    const { workerd, config } = await bundle();
    return { workerd, config: join(dirname(config), SERVED_CONFIG) };
  };
}

/** Whether a bundle still has its files. */
async function whole(config: string): Promise<boolean> {
  const files = await readdir(dirname(config)).catch(() => [] as string[]);
  return files.includes(CONFIG) && files.some((file) => file.endsWith(".js")) && files.includes("kernels.wasm");
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** A folder that npm run workerd wrote, with its settings. */
async function ready(folder: string, { engine, engines, variant, collections, var: vars }: Given): Promise<Bundle> {
  if ([engine, engines, variant, collections].some((one) => one !== undefined) || vars.length > 0) {
    throw new OrcaError("bad_option", `${folder} has its settings in it: none are taken beside --folder.`, {
      field: "folder",
      hint: "Give them to npm run workerd, which writes the folder.",
    });
  }
  const files: string[] = await readdir(folder).catch(() => []);
  if (!files.includes(CONFIG) || !files.includes("workerd")) {
    throw new OrcaError("bad_option", `${folder} is not a folder that npm run workerd wrote.`, { field: "folder" });
  }
  const config = files.includes(SERVED_CONFIG) ? SERVED_CONFIG : CONFIG;
  return { workerd: resolve(folder, "workerd"), config: resolve(folder, config) };
}

type Vars = Readonly<Record<string, string>>;

/** The Worker's settings. */
async function varsOf({ engine, engines, variant, var: others }: Given, host: string): Promise<Vars> {
  // The front's word of how a client reached it holds: nobody else reaches a process.
  const vars: Record<string, string> = { BEHIND_PROXY: "1", ...(await givenVars(others, { on: host })) };
  if (engine !== undefined) vars.ENGINE = engineName(engine);
  if (engines !== undefined)
    vars.ENGINES = engines
      .split(",")
      .map((name) => engineName(name.trim()))
      .join(",");
  if (variant !== undefined) vars.VARIANT = variant;
  return vars;
}

function addressOf(text: string): [host: string, port: number] {
  const [, host, digits] = /^(?:\[(?=.*\]))?([^\]]+)\]?:(\d+)$/.exec(text) ?? [];
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return [host, port];
  throw new OrcaError("bad_option", `--address ${text} is not HOST:PORT.`, { field: "address" });
}

/** Waits for a signal and stops. @param stop  is told how many signals there were */
function untilStopped(stop: (signals: number) => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    let signals = 0;
    const stopping = () => {
      signals++;
      stop(signals).then(resolve, reject);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stopping);
  });
}
