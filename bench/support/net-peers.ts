import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { readManifest } from "../../src/convert/models-folder.ts";
import { MODELS, type ModelName } from "../../src/models/index.ts";
import { MODELS_FOLDER } from "../../src/runtime.node.ts";
import { medianOf, type Row } from "./measure.ts";

/** onnxruntime's native build with one thread, on the same .onnx file: what a Worker cannot run. */
export async function onnxruntimeNode(name: ModelName, window: Float32Array, batch: number): Promise<Row> {
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1 };
  const { models } = await readManifest(MODELS_FOLDER);
  const file = models.find((model) => model.name === name)?.variants.fp32?.onnx?.file;
  if (file === undefined) throw new Error(`There is no ${name} in ${MODELS_FOLDER}.`);
  const session = await InferenceSession.create(join(MODELS_FOLDER, file), options);
  const { windowFrames, frontEnd } = MODELS[name];
  const data = new Float32Array(batch * window.length);
  for (let at = 0; at < batch; at++) data.set(window, at * window.length);
  const input = new Tensor("float32", data, [batch, windowFrames, frontEnd.bands]);
  const time = (await medianOf(3, () => session.run({ window: input }))) / batch;
  await session.release();
  return { name: "onnxruntime-node, one thread (native)", time };
}
