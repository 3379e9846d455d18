import { execFile } from "node:child_process";
import { copyFile, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { secretNames, watchesFrom } from "../../http/index.ts";
import { makeFolder } from "../../make-folder.node.ts";
import type { WatchConfig } from "../../watch/index.ts";
import { licencesOf } from "./licences.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

export interface BundleOptions {
  /** Where the bundle and its config.capnp go. */
  readonly folder: string;
  /**
   * Where the Worker's static assets lie, which workerd's disk service serves: one folder with models/ and page/, or the
   * folder of the models and that of the page as they are, read where they lie.
   */
  readonly assets: string | { readonly models: string; readonly page: string };
  /** host:port, or `unix:` and a path. */
  readonly address: string;
  readonly vars?: Readonly<Record<string, string>>;
  /** Where collections are kept: a folder that workerd may write to. Without it none are. */
  readonly collections?: string;
  /** Without onnxruntime-web's 14 MB: the kernels are the only engine. As `vars` allow it where it is left out. */
  readonly kernelsOnly?: boolean;
}

/**
 * Writes what plain workerd needs to serve the Worker: its modules in one, and a config.capnp with the models behind a disk
 * service (and serve.capnp). Nothing else runs afterwards: `workerd serve config.capnp`, started in `folder`, is all. esbuild bundles as
 * wrangler has it do, which wants a home to write to and a network to ask.
 */
export async function writeWorkerdBundle(options: BundleOptions): Promise<string> {
  const { folder, assets, address, vars = {}, collections, kernelsOnly = kernelsAlone(vars) } = options;
  // Collections that lie in it are nobody's to make again.
  const kept = collections === undefined ? undefined : resolve(collections);
  const old = (await readdir(folder).catch(() => [])).map((name) => join(resolve(folder), name));
  for (const path of old) if (path !== kept) await rm(path, { recursive: true, force: true });
  await makeFolder(folder);
  await promisify(execFile)(ESBUILD, [
    join(root, "src/worker.ts"),
    "--bundle",
    "--format=esm",
    "--platform=browser",
    // Which file "#worker-engines" of package.json is.
    `--conditions=${kernelsOnly ? "kernels-only," : ""}workerd,worker,browser`,
    "--target=es2024",
    '--define:process.env.NODE_ENV="production"',
    // Of onnxruntime-web, behind a question for Node.
    "--external:module",
    "--external:worker_threads",
    "--loader:.wasm=copy",
    "--asset-names=[name]",
    "--log-level=warning",
    `--outdir=${resolve(folder)}`,
    `--metafile=${join(resolve(folder), META)}`,
  ]);
  await writeLicences(folder);
  const modules = (await readdir(folder)).filter((file) => file.endsWith(".wasm"));
  const settings = await readFile(join(root, "wrangler.toml"), "utf8");
  const date = /^compatibility_date = "(.*)"/m.exec(settings)?.[1] ?? "";
  const flags = /^compatibility_flags = \[(.*)\]/m.exec(settings)?.[1] ?? "";
  const parts = { folder, assets, address, modules, date, flags };
  const config = join(folder, CONFIG);
  await writeFile(config, configText({ ...parts, vars, collections }));
  if (collections !== undefined) {
    await writeFile(join(folder, SERVED_CONFIG), configText({ ...parts, vars: { BEHIND_PROXY: "1", ...vars } }));
  }
  return config;
}

interface ConfigParts extends Pick<BundleOptions, "folder" | "assets" | "address"> {
  readonly vars: Readonly<Record<string, string>>;
  readonly collections?: string | undefined;
  /** Files of WebAssembly. */
  readonly modules: readonly string[];
  readonly date: string;
  readonly flags: string;
}

function configText({ folder, assets, address, vars, collections, modules, date, flags }: ConfigParts): string {
  // workerd by itself reaches public addresses only; a hydrophone of the operator's own is often beside it.
  const watched = collections === undefined ? undefined : watchesFrom(vars.WATCHES);
  const reach = vars.HYDROPHONES === undefined && watched === undefined ? PUBLIC : EVERYWHERE;
  return `using Workerd = import ${text("/workerd/workerd.capnp")};

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
${assetServices(folder, assets)}
${collections === undefined ? "" : `    (name = "collections", disk = (path = ${text(collectionsPath(folder, collections))}, writable = true)),\n`}    (name = "internet", network = (allow = [${reach}], tlsOptions = (trustBrowserCas = true)))${watched === undefined ? "" : deliveryNetwork(watched)}
  ],
  sockets = [ (name = "http", address = ${text(address)}, http = (), service = "main") ]
);

const main :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
${modules.map((file) => `    (name = "./${file}", wasm = embed "${file}"),`).join("\n")}
  ],
  compatibilityDate = "${date}",
  compatibilityFlags = [${flags}],
${
  collections === undefined
    ? ""
    : `  durableObjectNamespaces = [
    (className = "CollectionObject", uniqueKey = "orca-collections", enableSql = true),
    (className = "WatchObject", uniqueKey = "orca-watches", enableSql = true, preventEviction = true),
  ],
  durableObjectStorage = (localDisk = "collections"),
`
}  bindings = [
${collections === undefined ? "" : `    (name = "COLLECTIONS", durableObjectNamespace = "CollectionObject"),\n    (name = "WATCH", durableObjectNamespace = "WatchObject"),\n`}${watched === undefined ? "" : watchBindings(watched)}
    (name = "ASSETS", service = "assets"),
${Object.entries(vars)
  .map(([name, value]) => `    (name = "${name}", text = ${text(value)}),`)
  .join("\n")}
  ]
);
`;
}

const PUBLIC = '"public"';
const EVERYWHERE = '"public", "private"';

/** Deliveries go to the public internet, where the operator does not say otherwise. */
function deliveryNetwork({ allowPrivate }: WatchConfig): string {
  const allow = allowPrivate ? EVERYWHERE : PUBLIC;
  return `,\n    (name = "deliveries", network = (allow = [${allow}], tlsOptions = (trustBrowserCas = true)))`;
}

/** What watches need: their network, and secrets out of workerd's environment. */
function watchBindings(config: WatchConfig): string {
  const secrets = secretNames(config).map((name) => `    (name = "${name}", fromEnvironment = "${name}"),\n`);
  return `    (name = "DELIVERIES", service = "deliveries"),\n${secrets.join("")}`;
}

/** The settings in a configuration that was written here. */
export function settingsIn(config: string): Readonly<Record<string, string>> {
  const bindings = config.matchAll(/^ {4}\(name = "(\w+)", text = (".*")\),$/gm);
  return Object.fromEntries([...bindings].map(([, name = "", value = ""]) => [name, JSON.parse(value) as string]));
}

/** Relative, so that the folder may be moved, where it lies in it. */
function collectionsPath(folder: string, collections: string): string {
  const path = relative(folder, collections);
  return path.startsWith("..") ? resolve(collections) : path;
}

/** Whoever is given the folder is given what its code may be used under. */
async function writeLicences(folder: string): Promise<void> {
  const meta = join(folder, META);
  const { inputs } = JSON.parse(await readFile(meta, "utf8")) as { inputs: Readonly<Record<string, unknown>> };
  await writeFile(join(folder, "LICENCES.txt"), await licencesOf(Object.keys(inputs)));
  for (const file of ["LICENSE", "NOTICE"]) await copyFile(join(root, file), join(folder, file));
  await rm(meta);
}

/** The service of static assets; where models and page lie apart, a Worker of a line goes between. */
function assetServices(folder: string, assets: BundleOptions["assets"]): string {
  const disk = (name: string, path: string) => `    (name = ${text(name)}, disk = ${text(path)}),`;
  // Relative, so that the folder may be moved.
  if (typeof assets === "string") return disk("assets", relative(folder, assets));
  const route = `export default { fetch({ url }, env) {
    const { pathname } = new URL(url);
    return pathname.startsWith("/models/") ? env.MODELS.fetch("http://models" + pathname.slice(7)) : env.PAGE.fetch(url);
  } };`;
  return `    (name = "assets", worker = (
      modules = [(name = "assets.js", esModule = ${text(route)})], compatibilityDate = "2026-11-01",
      bindings = [(name = "MODELS", service = "models"), (name = "PAGE", service = "page")]
    )),
${disk("models", resolve(assets.models))}
${disk("page", resolve(assets.page))}`;
}

/** Whether no request may ask for onnxruntime-web, whose 14 MB would be compiled at each start. */
function kernelsAlone({ ENGINE, ENGINES = "kernels" }: Readonly<Record<string, string>>): boolean {
  return ENGINE === "kernels" && ENGINES === "kernels";
}

function text(value: string): string {
  return JSON.stringify(value);
}

/** What workerd is started with by itself. */
export const CONFIG = "config.capnp";
/**
 * What `serve` starts its processes with, where the other one has collections: several processes must not write to the same
 * ones, and the folder need not be writable. The front's word of how a client reached it holds.
 */
export const SERVED_CONFIG = "serve.capnp";

/** What esbuild says of its work. */
const META = "meta.json";

const ESBUILD = join(root, "node_modules/esbuild/bin/esbuild");

/** Whether the Worker's source and what bundles it are here, as they are in a checkout with its packages. */
export async function canBundle(): Promise<boolean> {
  const needed = [join(root, "src/worker.ts"), join(root, "wrangler.toml"), ESBUILD];
  const found = await Promise.all(needed.map((file) => stat(file).catch(() => undefined)));
  return found.every((file) => file !== undefined);
}

/** The workerd binary that npm installed. */
export function workerdPath(): string {
  return (createRequire(import.meta.url)("workerd") as { default: string }).default;
}
