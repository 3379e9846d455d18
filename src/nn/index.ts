/** The second inference engine: the project's own kernels. src/convert/pack/ makes what it loads. */
export { kernelsEngine } from "./engine.ts";
export { hasRelaxedSimd, type KernelModules } from "./module.ts";
export { type PackedHeader, VARIANTS, type Variant } from "./packed-format.ts";
