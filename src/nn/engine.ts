import { compiled, type Engine } from "../onnx/engine.ts";
import { VERSION } from "../version.ts";
import { checkedSession, load } from "./loader.ts";
import { chooseModule, type KernelModules } from "./module.ts";

/**
 * The project's own inference kernels behind the engine seam. It loads packed models (src/convert/pack/), not .onnx files; each
 * session has an instance of its own, so that a model that is dropped gives its memory back.
 */
export function kernelsEngine(modules: KernelModules): Engine {
  const { module, level } = chooseModule(modules);
  return {
    id: "kernels",
    name: `orca-kernels ${VERSION} ${level}`,
    load: async (bytes, shape) => checkedSession(await load(await compiled(module), bytes), shape),
  };
}
