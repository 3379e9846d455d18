import type { Collection } from "../../collection/index.ts";
import { type LoadedHead, Logits, noiseIn, noisesAt, probabilityOf, runningClasses } from "../../heads/index.ts";
import { recordingFacts } from "./collected.ts";

/** A window with its probability for a class. */
export interface ScoredPlace {
  readonly id: number;
  readonly recording: string;
  readonly start: number;
  readonly end: number;
  readonly probability: number;
}

/** Every window's probability for one class of a head; windows that are taken for noise have 0. */
export async function scoredWindows(
  collection: Collection,
  kernels: WebAssembly.Module,
  { head }: LoadedHead,
  name: string,
): Promise<ScoredPlace[]> {
  const facts = await recordingFacts(collection);
  const logits = new Logits(kernels, [head]);
  const k = head.classes.findIndex((one) => one.name === name);
  const out: ScoredPlace[] = [];
  const { dimensions } = collection.model;
  for await (const block of collection.blocks()) {
    const values = logits.run(block.vectors);
    for (let at = 0; at < block.count; at++) {
      const { name: recording = "", site } = facts.get(block.recordings[at] as number) ?? {};
      const one = runningClasses(head, { site })[k];
      if (one === undefined) continue;
      const vector = block.vectors.subarray(at * dimensions, (at + 1) * dimensions);
      const noise = noiseIn(vector, noisesAt(head, site));
      out.push({
        id: block.ids[at] as number,
        recording,
        start: block.starts[at] as number,
        end: block.ends[at] as number,
        probability: noise === undefined ? probabilityOf(values[at * logits.count + k] as number, one) : 0,
      });
    }
  }
  return out;
}
