import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../../", import.meta.url));

export interface BundleOptions {
  /** Where the bundle and its config.capnp go. */
  readonly folder: string;
  /** The folder whose models/ is served to the Worker by workerd's disk service. */
  readonly assets: string;
  /** host:port, or `unix:` and a path. */
  readonly address: string;
  readonly vars?: Readonly<Record<string, string>>;
  /** Without onnxruntime-web's 14 MB: the kernels are the only engine. */
  readonly kernelsOnly?: boolean;
}

/**
 * Writes what plain workerd needs to serve the Worker: the bundle that wrangler would deploy, and a config.capnp with the
 * models behind a disk service. No wrangler runs afterwards: `workerd serve config.capnp`, started in `folder`, is all.
 */
export async function writeWorkerdBundle(options: BundleOptions): Promise<string> {
  const { folder, assets, address, vars = {}, kernelsOnly = false } = options;
  await rm(folder, { recursive: true, force: true });
  // wrangler looks for the folder that wrangler.toml names, even where nothing of it is wanted.
  await mkdir(join(root, "dist/assets"), { recursive: true });
  const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
  await promisify(execFile)(process.execPath, [wrangler, "deploy", "src/worker.ts", "--dry-run", "--outdir", folder], {
    cwd: root,
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: "false",
      NO_COLOR: "1",
      // Which file "#worker-engines" of package.json is.
      WRANGLER_BUILD_CONDITIONS: [...(kernelsOnly ? ["kernels-only"] : []), "workerd", "worker", "browser"].join(),
    },
  });
  const modules = (await readdir(folder)).filter((file) => file.endsWith(".wasm"));
  const settings = await readFile(join(root, "wrangler.toml"), "utf8");
  const date = /^compatibility_date = "(.*)"/m.exec(settings)?.[1] ?? "";
  const flags = /^compatibility_flags = \[(.*)\]/m.exec(settings)?.[1] ?? "";
  const config = join(folder, "config.capnp");
  // workerd by itself reaches public addresses only; a hydrophone of the operator's own is often beside it.
  const reach = vars.HYDROPHONES === undefined ? '"public"' : '"public", "private"';
  await writeFile(
    config,
    `using Workerd = import ${text("/workerd/workerd.capnp")};

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "models", disk = ${text(relative(folder, assets))}),
    (name = "internet", network = (allow = [${reach}], tlsOptions = (trustBrowserCas = true)))
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
  bindings = [
    (name = "ASSETS", service = "models"),
${Object.entries(vars)
  .map(([name, value]) => `    (name = "${name}", text = ${text(value)}),`)
  .join("\n")}
  ]
);
`,
  );
  return config;
}

function text(value: string): string {
  return JSON.stringify(value);
}

/** Whether the Worker's source and wrangler are here, as they are in a checkout with its packages. */
export async function canBundle(): Promise<boolean> {
  const needed = ["src/worker.ts", "wrangler.toml", "node_modules/wrangler/bin/wrangler.js"];
  const found = await Promise.all(needed.map((file) => stat(join(root, file)).catch(() => undefined)));
  return found.every((file) => file !== undefined);
}

/** The workerd binary that npm installed with wrangler. */
export function workerdPath(): string {
  return (createRequire(import.meta.url)("workerd") as { default: string }).default;
}
