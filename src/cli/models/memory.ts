import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRecords } from "../../records/index.ts";
import { orcaScene, SCENE_RATE } from "../../sample/index.ts";
import { layOutAssets } from "../workerd/assets.ts";
import { startPlainWorker } from "../workerd/plain-worker.ts";
import { residentMemory } from "../workerd/process.ts";

/** Audio of one request: several windows of every model. */
const SECONDS = 12;

/**
 * Bytes by which a fresh workerd grows from before its first request for a model until it has answered two: the model,
 * the engine's compiled code, and what the request itself takes. NaN elsewhere than on Linux.
 */
export async function formMemory(model: string, variant: string, engine: string, models: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "orca-compare-"));
  try {
    await layOutAssets(models, folder);
    const worker = await startPlainWorker(folder, { ENGINE: engine });
    try {
      const before = await residentMemory(worker.pid);
      const query = `model=${model}&variant=${variant}&pcm=f32le&rate=${SCENE_RATE}`;
      for (let request = 0; request < 2; request++) {
        const body = orcaScene(SECONDS) as Float32Array<ArrayBuffer>;
        const answer = await fetch(`${worker.url}/v1/embeddings?${query}`, { method: "POST", body });
        // To its summary; what the server says is wrong is thrown.
        for await (const _ of readRecords(answer));
      }
      return (await residentMemory(worker.pid)) - before;
    } finally {
      await worker.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
