import { createReadStream } from "node:fs";
import { counted } from "../../counted.ts";
import { type Audio, extract } from "../../extract.ts";
import type { Check, CheckInput } from "../catalogued-model.ts";
import { description } from "./description.ts";

/**
 * The page of google/humpback_whale/1 gives a recording and no numbers. That some window of a song scores more than even,
 * and more than silence does, is the least that the published model must do.
 */
const LIKELY = 0.5;
const EXAMPLE = "https://storage.googleapis.com/bioacoustics-www1/sounds/Cross_02_060203_071428.d20_7.wav";

export async function checks({ runtime, form, audio }: CheckInput): Promise<Check[]> {
  const check = "a recording with humpback song: highest score";
  const expected = `at least ${LIKELY}, and more than silence has`;
  if (audio === undefined) {
    return [{ check, expected, got: `no recording: --audio FILE, such as ${EXAMPLE}`, passed: undefined }];
  }
  const scoresOf = async (input: Audio) => {
    // The smoother as in the model's own score().
    const options = { ...form, pcen: "window" } as const;
    return (await extract(input, description.id, { runtime, ...options }).result()).scores ?? new Float32Array(0);
  };
  const highest = (scores: Float32Array) => scores.reduce((most, score) => Math.max(most, score), 0);
  const scores = await scoresOf(createReadStream(audio));
  const { rate } = description.input;
  const silence = highest(await scoresOf({ rate, samples: new Float32Array(4 * rate) }));
  const best = highest(scores);
  const got = `${best.toFixed(3)} in ${counted(scores.length, "window")}, silence ${silence.toFixed(3)}`;
  return [{ check, expected, got, passed: best >= LIKELY && best > silence }];
}
