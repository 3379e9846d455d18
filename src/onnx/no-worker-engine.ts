import type { Engine } from "../engines/index.ts";

/** In the place of worker-engine.ts: the Worker without onnxruntime-web. */
export const onnxEngines: readonly Engine[] = [];
