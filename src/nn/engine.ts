import type { Engine } from "../engines/index.ts";
import { VERSION } from "../version.ts";
import { checkedSession, load } from "./loader.ts";
import { chooseModule, type KernelModules, promisedLevel } from "./module.ts";

/**
 * The project's own inference kernels behind the engine seam. It loads packed models (src/convert/pack/), not .onnx files; each
 * session has an instance of its own, so that a model that is dropped gives its memory back.
 */
export function kernelsEngine(modules: KernelModules): Engine {
  let level = promisedLevel(modules);
  return {
    id: "kernels",
    get name() {
      return `orca-kernels ${VERSION} ${level}`;
    },
    async load(artefact, contract) {
      const chosen = await chooseModule(modules);
      level = chosen.level;
      return checkedSession(await load(chosen.module, artefact), contract);
    },
  };
}
