import { describeModel } from "../description.ts";
import { GOOGLES } from "../googles-licence.ts";

/** Of each of the 64 bands, until the weights bring the trained ones. */
const UNTRAINED = new Array<number>(64).fill(1);

/**
 * Humpback: google/multispecies-whale-detection humpback_model/{humpback_model,front_end,leaf_pcen}.py, the code that
 * exported google/humpback_whale/1. alpha, delta and root of PCEN come with the weights.
 */
export const description = describeModel(
  {
    id: "humpback",
    title: "Humpback whale (NOAA PIFSC)",
    input: {
      rate: 10000,
      window: 38400,
      hop: 38400,
      taken: 39124,
      end: "pad-frames",
      tensor: "window",
      shape: [128, 64],
    },
    frontEnd: {
      kind: "pcen",
      rate: 10000,
      windowLength: 1024,
      hop: 300,
      fftLength: 1024,
      bands: 64,
      lowest: 0,
      highest: 5000,
      smooth: 0.025,
      floor: 1e-6,
      alpha: UNTRAINED,
      delta: UNTRAINED,
      root: UNTRAINED,
    },
    outputs: [
      { name: "embedding", tensor: "embedding", shape: [2048], role: "embedding" },
      { name: "scores", tensor: "scores", shape: [1], role: "scores" },
    ],
    licence: GOOGLES,
  },
  "Humpback",
);
