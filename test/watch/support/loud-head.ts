import { writeFileSync } from "node:fs";
import { extract } from "../../../src/extract.ts";
import { joinBytes } from "../../../src/join.ts";
import { nodeRuntime } from "../../../src/runtime.node.ts";
import { seededFolder } from "../../support/test-models.ts";
import { framesWith } from "./planted.ts";

/** Writes a head that tells planted calls from silence by the embeddings of the seeded YAMNet. */
export async function writeLoudHead(file: string): Promise<void> {
  const runtime = await nodeRuntime(seededFolder);
  const mean = async (frames: readonly Uint8Array[]) => {
    const { embeddings, starts } = await extract(joinBytes(frames), "yamnet", { runtime, variant: "int8" }).result();
    const dims = embeddings.length / starts.length;
    return Float64Array.from({ length: dims }, (_, d) => {
      let sum = 0;
      for (let row = 0; row < starts.length; row++) sum += embeddings[row * dims + d] as number;
      return sum / starts.length;
    });
  };
  const quiet = await mean(framesWith(250, []));
  const loud = await mean(framesWith(250, [{ from: 0, frames: 250 }]));
  const apart = loud.map((value, d) => value - (quiet[d] as number));
  const squares = apart.reduce((sum, value) => sum + value * value, 0);
  // 8 at the mean of what is loud, -8 at silence.
  const weights = Float32Array.from(apart, (value) => (16 * value) / squares);
  const bias = -8 - weights.reduce((sum, value, d) => sum + value * (quiet[d] as number), 0);
  const base64 = (values: Float32Array) => Buffer.from(values.buffer).toString("base64");
  const head = {
    format: "orca-head 1",
    id: "loud",
    model: { id: "yamnet", dimensions: weights.length },
    classes: [{ name: "call" }],
    weights: base64(weights),
    bias: base64(Float32Array.of(bias)),
    events: { on: 0.5, off: 0.3, gap: 1 },
  };
  writeFileSync(file, JSON.stringify(head));
}
