import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layOutAssets } from "../src/cli/workerd/assets.ts";
import { startPlainWorker } from "../src/cli/workerd/plain-worker.ts";
import { ENGINES } from "../src/engines/index.ts";
import { extract } from "../src/extract.ts";
import { enginesOf } from "../src/models/index.ts";
import { MODELS_FOLDER, nodeRuntime } from "../src/runtime.node.ts";
import { orcaScene, SCENE_RATE, wav16 } from "../src/sample/index.ts";
import { medianOf, type Row, table } from "./support/measure.ts";

/** From a recording's bytes to its last record, for every model, variant and engine that is here. */
export async function benchWholeWay(): Promise<void> {
  const runtime = await nodeRuntime();
  const { models } = await runtime.store.manifest();
  const scene = wav16(orcaScene(60), SCENE_RATE);
  const assets = join(tmpdir(), `orca-bench-assets-${process.pid}`);
  await layOutAssets(MODELS_FOLDER, assets);
  const worker = await startPlainWorker(assets, { ENGINES: ENGINES.join() });
  try {
    for (const { description, variants } of models) {
      const name = description.id;
      const rows: Row[] = [];
      for (const [variant, files] of Object.entries(variants)) {
        for (const engine of enginesOf(files)) {
          const query = `model=${name}&variant=${variant}&engine=${engine}`;
          const post = async () => {
            const response = await fetch(`${worker.url}/v1/embeddings?${query}`, { method: "POST", body: scene });
            return response.text();
          };
          const here = () => extract(scene, name, { runtime, variant, engine }).result();
          rows.push({ name: `${variant}, ${engine}: POST /v1/embeddings, in workerd`, time: await medianOf(1, post) });
          rows.push({ name: `${variant}, ${engine}: extract(), in Node`, time: await medianOf(1, here) });
        }
      }
      table(`${name}, the whole way: 60 s of 48 kHz WAV`, "ms", rows);
    }
  } finally {
    await worker.stop();
    await rm(assets, { recursive: true, force: true });
  }
}
