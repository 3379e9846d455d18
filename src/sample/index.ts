/** The built-in sample: a synthesised scene, and a WAV file of it. */
export { orcaScene, SCENE_RATE, SCENE_SECONDS } from "./scene.ts";
export { wav16 } from "./wav-writer.ts";
