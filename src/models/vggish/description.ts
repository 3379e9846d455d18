import { describeModel } from "../description.ts";
import { GOOGLES } from "../googles-licence.ts";

/**
 * VGGish: tensorflow/models research/audioset/vggish/{vggish_params,vggish_input,mel_features}.py. Embeddings are the 128
 * numbers before any activation, without PCA, as google/vggish/1 gives them. The PCA that AudioSet's released features
 * have clips to QUANTIZE_MIN_VAL and QUANTIZE_MAX_VAL of vggish_params.py.
 */
export const description = describeModel(
  {
    id: "vggish",
    title: "VGGish (AudioSet)",
    input: { rate: 16000, window: 15360, hop: 15360, taken: 15600, end: "drop", tensor: "window", shape: [96, 64] },
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
    outputs: [{ name: "embedding", tensor: "embedding", shape: [128], role: "embedding" }],
    principalComponents: { lowest: -2, highest: 2 },
    licence: GOOGLES,
  },
  "VGGish",
);
