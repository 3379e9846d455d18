import { makeFrontEnd } from "../../src/kernels/index.ts";
import { samplesTaken } from "../../src/models/index.ts";
import { MODELS, type ModelName } from "./models.ts";
import { collect, newKernels } from "./runtime.ts";

/** All frames of a model's front end, with its own vectors where it has trained ones: [frames, bands]. */
export function framesOf(name: ModelName, samples: Float32Array, restart = false): Float32Array {
  const { frontEnd } = MODELS[name];
  const made = makeFrontEnd(newKernels(), frontEnd, { samples: samplesTaken(MODELS[name]), restart });
  if (made.mode !== "streamed") throw new Error(`${name} is streamed`);
  return collect(made, [samples]);
}
