import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Turns an .onnx file into onnxruntime's own .ort format with onnxruntime-node: the graph optimised (convolutions with
 * their ReLU) and laid out so that a session can use the bytes in place. It is a tool of the build only; the Worker and
 * the command line run onnxruntime-web.
 *
 * `extended` and not `all`: the last level lays weights out for the processor of this machine, which WebAssembly is not.
 */
export async function optimise(onnx: Uint8Array): Promise<Uint8Array> {
  const ort = await import("onnxruntime-node");
  const folder = await mkdtemp(join(tmpdir(), "orca-embeddings-"));
  try {
    const path = join(folder, "model.ort");
    const session = await ort.InferenceSession.create(onnx, {
      graphOptimizationLevel: "extended",
      optimizedModelFilePath: path,
      extra: { session: { save_model_format: "ORT" } },
      intraOpNumThreads: 1,
      logSeverityLevel: 3,
    });
    await session.release();
    return await readFile(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether onnxruntime-node is there, which users of the library may do without. */
export async function canOptimise(): Promise<boolean> {
  return import("onnxruntime-node").then(
    () => true,
    () => false,
  );
}

/** What it costs that it is not there. */
export const NOT_OPTIMISED =
  "onnxruntime-node is not installed: onnxruntime-web gets the .onnx file as it is, which takes more memory; the kernels are " +
  "the same. For a small Worker: npm install onnxruntime-node@1.30.0, then models --rebuild.";
