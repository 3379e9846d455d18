/** Bundles the page into static assets: names carry the hash of their contents, so that they may be cached for good. */
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { CODECS } from "../../src/audio/index.ts";
import { licencesOf } from "../../src/cli/workerd/licences.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const source = join(root, "page");

const OPTIONS: BuildOptions = {
  bundle: true,
  write: false,
  minify: true,
  format: "esm",
  target: ["chrome120", "firefox121", "safari17"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  // umap-js fits one curve with it: by a library of matrices that is larger than itself.
  alias: { "ml-levenberg-marquardt": join(source, "analysis/curve-fit.ts") },
  logLevel: "error",
};

/** Whether a server stands behind the page: without one it shows neither its hydrophones nor what only it can do. */
export interface PageOptions {
  readonly server?: boolean;
}

/** Writes page/ below `assets`: start.htm, docs.htm and what they load. Gives the names written. */
export async function buildPage(assets: string, { server = true }: PageOptions = {}): Promise<string[]> {
  const folder = join(assets, "page");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const names: string[] = [];
  /** Files that the page was made of. */
  const inputs: string[] = [];
  const write = async (name: string, bytes: Uint8Array | string) => {
    await writeFile(join(folder, name), bytes);
    names.push(name);
  };
  const hashed = async (stem: string, extension: string, bytes: Uint8Array) => {
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8).toUpperCase();
    await write(`${stem}-${hash}.${extension}`, bytes);
    // Relative to the pages: a proxy may put them below a path.
    return `page/${stem}-${hash}.${extension}`;
  };
  const script = async (stem: string, entry: string, define: Record<string, string> = {}) =>
    hashed(stem, "js", await bundle(entry, define, inputs));
  // What a page loads later is written first, because the page names it.
  const addresses = {
    TILE_WORKER: await script("tile-worker", "spectrogram/tile-worker.ts"),
    PIPELINE_WORKER: await script("pipeline-worker", "pipeline/pipeline-worker.ts"),
    PCA_WORKER: await script("pca-worker", "analysis/pca-worker.ts"),
    UMAP_WORKER: await script("umap-worker", "analysis/umap-worker.ts"),
    BUNDLE_WORKER: await script("bundle-worker", "bundle/bundle-worker.ts"),
    CAPTURE_WORKLET: await script("capture-worklet", "audio/capture-worklet.ts"),
  };
  const modules: Record<string, string> = {};
  for (const name of ["kernels", "nn-relaxed", "nn-simd", ...CODECS]) {
    modules[name] = await hashed(name, "wasm", await readFile(join(root, `build/${name}.wasm`)));
  }
  const values = Object.entries({ ...addresses, MODULES: modules, HAS_SERVER: server });
  const define = Object.fromEntries(values.map(([name, value]) => [name, JSON.stringify(value)]));
  const files: Readonly<Record<string, string>> = {
    "main.js": await script("main", "main.tsx", define),
    "docs.js": await script("docs", "docs/main.tsx"),
    "page.css": await hashed("page", "css", await bundle("page.css", {}, inputs)),
    "icon.svg": await hashed("icon", "svg", await readFile(join(source, "icon.svg"))),
  };
  for (const page of ["start", "docs"]) {
    const html = await readFile(join(source, `${page}.html`), "utf8");
    await write(
      `${page}.htm`,
      html.replaceAll(/\{([\w.]+)\}/g, (_, name: string) => files[name] ?? ""),
    );
  }
  const own = await Promise.all(["LICENSE", "NOTICE"].map((file) => readFile(join(root, file), "utf8")));
  await write("licences.txt", [...own, await licencesOf(inputs)].join("\n"));
  return names;
}

/** The service worker of a site without a server. @param files  what it keeps */
export const bundleServiceWorker = (files: readonly string[], version: string): Promise<Uint8Array> =>
  bundle("site/service-worker.ts", { FILES: JSON.stringify(files), VERSION: JSON.stringify(version) }, []);

async function bundle(entry: string, define: Record<string, string>, inputs: string[]): Promise<Uint8Array> {
  const { outputFiles, metafile } = await build({
    ...OPTIONS,
    metafile: true,
    entryPoints: [join(source, entry)],
    define,
  });
  inputs.push(...Object.keys(metafile?.inputs ?? {}));
  return outputFiles?.[0]?.contents ?? new Uint8Array();
}
