/** The engine seam. onnxruntime-web (src/onnx/) and the project's own kernels (src/nn/) are behind it. */
export { DEFAULT_ENGINE, ENGINE_CHOICES, ENGINES, type EngineChoice, type EngineName } from "./choice.ts";
export {
  type ArtefactBytes,
  type CompiledModule,
  compiled,
  type Engine,
  type NetContract,
  type NetOutputs,
  type Session,
  sizeOf,
  type TensorSpec,
} from "./engine.ts";
