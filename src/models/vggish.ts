import type { Model } from "./types.ts";

/**
 * VGGish: tensorflow/models research/audioset/vggish/{vggish_params,vggish_input,mel_features}.py. Embeddings are the 128
 * numbers before any activation, without PCA, as google/vggish/1 gives them; vggish-pca.ts has the PCA.
 */
export const vggish: Model = {
  name: "vggish",
  title: "VGGish (AudioSet)",
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
    offset: 0.01,
  },
  windowFrames: 96,
  hopFrames: 96,
  tail: "drop",
  embedding: 128,
  scores: 0,
};
