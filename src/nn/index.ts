/** The second inference engine: the project's own kernels, and what packs models for them. */
export { kernelsEngine } from "./engine.ts";
export { hasRelaxedSimd, type KernelModules } from "./module.ts";
export { type PackedHeader, VARIANTS, type Variant } from "./packed-format.ts";
