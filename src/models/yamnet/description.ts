import { describeModel } from "../description.ts";
import { GOOGLES } from "../googles-licence.ts";

/** YAMNet: tensorflow/models research/audioset/yamnet/{params,features,yamnet}.py and the graph of google/yamnet/1. */
export const description = describeModel(
  {
    id: "yamnet",
    title: "YAMNet (AudioSet, 521 classes)",
    input: { rate: 16000, window: 15360, hop: 7680, taken: 15600, end: "pad-audio", tensor: "window", shape: [96, 64] },
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
    outputs: [
      { name: "embedding", tensor: "embedding", shape: [1024], role: "embedding" },
      { name: "scores", tensor: "scores", shape: [521], role: "scores" },
    ],
    licence: GOOGLES,
  },
  "YAMNet",
);
