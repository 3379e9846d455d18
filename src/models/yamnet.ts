import type { Model } from "./types.ts";

/** YAMNet: tensorflow/models research/audioset/yamnet/{params,features,yamnet}.py and the graph of google/yamnet/1. */
export const yamnet: Model = {
  name: "yamnet",
  title: "YAMNet (AudioSet, 521 classes)",
  rate: 16000,
  frontEnd: {
    kind: "log-mel",
    rate: 16000,
    windowLength: 400,
    hop: 160,
    fftLength: 512,
    bands: 64,
    lowest: 125,
    highest: 7500,
    offset: 0.001,
  },
  windowFrames: 96,
  hopFrames: 48,
  tail: "pad-audio",
  embedding: 1024,
  scores: 521,
};
