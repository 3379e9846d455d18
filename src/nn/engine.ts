import type { Engine } from "../onnx/engine.ts";
import { VERSION } from "../version.ts";
import { checkedSession, load } from "./loader.ts";
import { type ChosenModule, chooseModule, hasRelaxedSimd, type KernelModules, type Level } from "./module.ts";

/**
 * The project's own inference kernels behind the engine seam. It loads packed models (src/convert/pack/), not .onnx files; each
 * session has an instance of its own, so that a model that is dropped gives its memory back.
 */
export function kernelsEngine(modules: KernelModules): Engine {
  /** What the runtime promises; the first session finds out whether the CPU keeps it. */
  let level: Level = modules.relaxed !== undefined && hasRelaxedSimd() ? "relaxed" : "simd";
  let chosen: Promise<ChosenModule> | undefined;
  return {
    id: "kernels",
    get name() {
      return `orca-kernels ${VERSION} ${level}`;
    },
    async load(bytes, shape) {
      chosen ??= chooseModule(modules).catch((error) => {
        chosen = undefined;
        throw error;
      });
      const { module, level: found } = await chosen;
      level = found;
      return checkedSession(await load(module, bytes), shape);
    },
  };
}
