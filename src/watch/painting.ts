import { WindowStream } from "../embed/index.ts";
import type { Runtime } from "../extract.ts";
import { joinFloats } from "../join.ts";
import { Kernels } from "../kernels/index.ts";
import { hasPicture, pictureOf } from "../models/index.ts";
import { spectrogramPng } from "../output/index.ts";
import type { Painter } from "./following/clip-maker.ts";

/** Makes pictures of sound as a model sees it: its front end does, and no net runs. */
export const painterOf =
  (model: string, runtime: Runtime): Painter =>
  async (samples, rate) => {
    const { description } = await runtime.store.entry(model);
    if (samples.length === 0 || !hasPicture(description)) return undefined;
    const { frames, hop, bands } = pictureOf(description);
    const rows = Math.min(frames, Math.round(description.input.hop / hop));
    const stream = new WindowStream(new Kernels(runtime.kernels), description, rate, "clip");
    const pictures: Float32Array[] = [];
    const take = (windows: Iterable<{ readonly numbers: Float32Array }>) => {
      // Of each window the frames that the one before did not have.
      for (const { numbers } of windows)
        pictures.push(pictures.length === 0 ? numbers : numbers.subarray((frames - rows) * bands));
    };
    take(stream.push(samples));
    take(stream.flush());
    return pictures.length === 0 ? undefined : spectrogramPng(joinFloats(pictures), bands);
  };
