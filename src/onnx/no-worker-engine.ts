import type { Engine } from "../engines/index.ts";

/** With the condition `kernels-only`: the Worker without onnxruntime-web. */
export const onnxEngines: readonly Engine[] = [];
