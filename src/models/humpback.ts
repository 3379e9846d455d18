import type { Model } from "./types.ts";

/**
 * Humpback: google/multispecies-whale-detection humpback_model/{humpback_model,front_end,leaf_pcen}.py, the code that
 * exported google/humpback_whale/1. alpha, delta and root of PCEN come with the weights.
 */
export const humpback: Model = {
  name: "humpback",
  title: "Humpback whale (NOAA PIFSC)",
  rate: 10000,
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
  },
  windowFrames: 128,
  hopFrames: 128,
  tail: "pad-frames",
  embedding: 2048,
  scores: 1,
};
