/** The engines of this project by the names that requests and operators choose them by; the fastest first. */
export const ENGINES = ["kernels", "ort"] as const;
export type EngineName = (typeof ENGINES)[number];

/**
 * What may be asked for: an engine, or `auto`, which is the first of `ENGINES` that has an artefact of the variant and
 * shows that it computes right.
 */
export const ENGINE_CHOICES = ["auto", ...ENGINES] as const;
export type EngineChoice = (typeof ENGINE_CHOICES)[number];

export const DEFAULT_ENGINE: EngineChoice = "auto";
