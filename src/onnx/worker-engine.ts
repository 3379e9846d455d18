/**
 * onnxruntime-web for the Worker: "#worker-engines" of package.json. A build with the condition `kernels-only` does without
 * its 14 MB, and has no-worker-engine.ts in this file's place (docs/engines.md).
 */
import module from "onnxruntime-web/ort-wasm-simd-threaded.wasm";
import type { Engine } from "../engines/index.ts";
import { ortWebEngine } from "./ort-web.ts";

export const onnxEngines: readonly Engine[] = [ortWebEngine(module)];
