/** The page as a static site: any host of files serves it, and after the first visit it works without a network. */
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readManifest } from "../../src/convert/models-folder.ts";
import { classesOf, listModels } from "../../src/http/models.ts";
import { PAGE_POLICY } from "../../src/http/page-policy.ts";
import { folderSource } from "../../src/models/folder-source.node.ts";
import { MANIFEST_FILE, type ManifestFile, type ModelEntry, ModelStore } from "../../src/models/index.ts";
import { kernelsEngine } from "../../src/nn/index.ts";
import { ANY_CHOICE } from "../../src/options/index.ts";
import { kernelBuild } from "../../src/runtime.node.ts";
import { buildPage, bundleServiceWorker } from "./page.ts";

/** Which of the models go with it. */
export interface SiteOptions {
  readonly models: string;
  /** Ids; all that the kernels run where left out. */
  readonly only?: readonly string[] | undefined;
  /** Variants that go along. */
  readonly variants?: readonly string[];
}

/** Writes the site into a folder of its own. */
export async function buildSite(
  folder: string,
  { models, only, variants = ["int8", "fp32"] }: SiteOptions,
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, "models"), { recursive: true });
  const names = await buildPage(folder, { server: false });
  const manifest = await readManifest(models);
  const chosen = manifest.models.filter(({ description: { id } }) => only === undefined || only.includes(id));
  await writeFile(join(folder, "models", MANIFEST_FILE), JSON.stringify({ ...manifest, models: chosen }));
  for (const { file } of chosen.flatMap((entry) => filesOf(entry, variants)))
    await copyFile(join(models, file), join(folder, "models", file));
  const { modules } = await kernelBuild();
  const store = new ModelStore(folderSource(join(folder, "models")), kernelsEngine(modules));
  const listing = await listModels({ store, choices: ANY_CHOICE, modelFiles: "all" });
  const listed = [];
  for (const model of listing) {
    if (model.classes !== null)
      await writeFile(
        join(folder, "models", `${model.name}.classes.json`),
        JSON.stringify(await classesOf(store, model.name)),
      );
    listed.push({ ...model, classes: model.classes === null ? null : `models/${model.name}.classes.json` });
  }
  await writeFile(join(folder, "models/listing.json"), JSON.stringify({ models: listed }));
  await rm(join(folder, "page/docs.htm"));
  const html = await readFile(join(folder, "page/start.htm"), "utf8");
  await rm(join(folder, "page/start.htm"));
  await rename(join(folder, "page/licences.txt"), join(folder, "licences.txt"));
  // What a host's headers would say. A page cannot forbid in itself that it is framed.
  const policy = PAGE_POLICY.filter((rule) => !rule.startsWith("frame-ancestors")).join("; ");
  const start = html.replace("<head>", `<head>\n    <meta http-equiv="Content-Security-Policy" content="${policy}" />`);
  await writeFile(join(folder, "index.html"), start);
  const hashed = names
    .filter((name) => /-[A-Z0-9]{8}\./.test(name) && !name.startsWith("docs-"))
    .map((name) => `page/${name}`);
  const kept = [
    "./",
    ...hashed,
    "models/listing.json",
    ...listed.flatMap(({ classes }) => (classes === null ? [] : [classes])),
  ];
  const version = createHash("sha256").update(start).update(kept.join()).digest("hex").slice(0, 12);
  await writeFile(join(folder, "service-worker.js"), await bundleServiceWorker(kept, version));
}

/** What the kernels need of a model. */
function filesOf(
  { variants, components, classes, licenceText }: ModelEntry,
  wanted: readonly string[],
): ManifestFile[] {
  const beside = [components, classes, licenceText].filter((file) => file !== undefined);
  const artefacts = Object.entries(variants).filter(([name]) => wanted.includes(name));
  return [...beside, ...artefacts.flatMap(([, { artefacts }]) => artefacts.kernels?.pieces ?? [])];
}
