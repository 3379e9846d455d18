import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { packDefaults } from "../../src/cli/models/pack.ts";
import { extract } from "../../src/extract.ts";
import { nodeRuntime } from "../../src/runtime.node.ts";
import { largestDifference, largestValue } from "../support/compare.ts";
import { sceneWav } from "../support/recordings.ts";
import { thinFolder } from "../support/thin-folder.ts";

vi.mock("../../src/convert/ort/optimise.ts", () => ({
  canOptimise: async () => false,
  optimise: () => Promise.reject(new Error("onnxruntime-node is wanted")),
}));

test("without onnxruntime-node models are built all the same: onnxruntime-web reads the .onnx file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "orca-without-"));
  try {
    await thinFolder(folder);
    await packDefaults("yamnet", folder);
    const runtime = await nodeRuntime(folder);
    const by = (engine: string) => extract(sceneWav(2), "yamnet", { runtime, engine }).result();
    const [ort, kernels] = [await by("ort"), await by("kernels")];
    expect(ort.header.engine).toMatch(/^onnxruntime-web /);
    expect(ort.embeddings.length).toBeGreaterThan(0);
    const error = largestDifference(ort.embeddings, kernels.embeddings);
    expect(error).toBeLessThanOrEqual(1e-5 * largestValue(kernels.embeddings));
  } finally {
    await rm(folder, { recursive: true });
  }
});
