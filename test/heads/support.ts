import { HEAD_FORMAT, type Head } from "../../src/heads/index.ts";
import { noise } from "../support/signals.ts";

/** A made-up head. */
export function madeHead(dimensions: number, classes: readonly string[], changes: Partial<Head> = {}): Head {
  return {
    format: HEAD_FORMAT,
    id: "made",
    model: { id: "yamnet", dimensions },
    classes: classes.map((name) => ({ name, threshold: 0.5 })),
    weights: Float32Array.from(noise(dimensions * classes.length, 0.2)),
    bias: Float32Array.from(classes, (_, k) => k / 4 - 0.5),
    noise: [],
    ...changes,
  };
}

/** Its logits in float64, one number after the other. */
export function logitsOf({ weights, bias, classes }: Head, embedding: Float32Array): number[] {
  return classes.map((_, k) => {
    let sum = bias[k] as number;
    for (let d = 0; d < embedding.length; d++)
      sum += (weights[k * embedding.length + d] as number) * (embedding[d] as number);
    return sum;
  });
}
