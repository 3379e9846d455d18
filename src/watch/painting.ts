import { extract, type Runtime } from "../extract.ts";
import { spectrogramPng } from "../output/index.ts";
import type { Painter } from "./following/clip-maker.ts";

/** Makes pictures of sound as a model sees it. */
export const painterOf =
  (model: string, runtime: Runtime): Painter =>
  async (samples, rate) => {
    if (samples.length === 0) return undefined;
    const { spectrogram, header } = await extract({ samples, rate }, model, { runtime }).result();
    if (spectrogram === undefined || header.spectrogram === undefined || spectrogram.length === 0) return undefined;
    return spectrogramPng(spectrogram, header.spectrogram.bands);
  };
