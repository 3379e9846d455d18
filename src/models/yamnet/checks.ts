import { type Extraction, extract } from "../../extract.ts";
import type { Check, CheckInput } from "../catalogued-model.ts";
import { sine } from "../test-tones.ts";
import { description } from "./description.ts";
import { numpyUniform } from "./numpy-uniform.ts";

const RATE = description.input.rate;

/** Classes of yamnet_class_map.csv that the checks name. */
const CLASSES = { silence: [494, "Silence"], sine: [495, "Sine wave"], noise: [514, "White noise"] } as const;
/** tensorflow/models research/audioset/yamnet/yamnet_test.py: among the ten highest mean scores. */
const TOP = 10;

export async function checks({ runtime, form }: CheckInput): Promise<Check[]> {
  const noise = Float32Array.from(numpyUniform(51773, 3 * RATE));
  const clips = [
    ["3 s of silence", CLASSES.silence, { rate: RATE, samples: new Float32Array(3 * RATE) }],
    ["3 s of white noise", CLASSES.noise, { rate: RATE, samples: noise }],
    ["3 s of a 440 Hz sine", CLASSES.sine, sine(440, RATE)],
  ] as const;
  const made: Check[] = [];
  for (const [check, [index, name], clip] of clips) {
    const scores = meanScores(await extract(clip, description.id, { runtime, ...form }).result());
    const score = scores[index] as number;
    const rank = 1 + scores.filter((other) => other > score).length;
    made.push({
      check,
      expected: `class ${index}, ${name}, in the top ${TOP}`,
      got: `number ${rank}, score ${score.toFixed(3)}`,
      passed: rank <= TOP,
    });
  }
  return made;
}

function meanScores({ scores = new Float32Array(0), starts }: Extraction): Float64Array {
  const windows = starts.length;
  const classes = scores.length / windows;
  return Float64Array.from({ length: classes }, (_, at) => {
    let sum = 0;
    for (let window = 0; window < windows; window++) sum += scores[window * classes + at] as number;
    return sum / windows;
  });
}
