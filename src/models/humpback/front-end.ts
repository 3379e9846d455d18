import { GraphBuilder } from "../../convert/graph.ts";
import type { Weights } from "../../convert/weights.ts";
import type { ModelDescription } from "../description.ts";
import { description } from "./description.ts";
import { PCEN_TENSORS } from "./net.ts";

/** PCEN with its trained vectors: they are weights, but no part of the net. Throws `weights_invalid`. */
export async function frontEnd(weights: Weights): Promise<ModelDescription["frontEnd"]> {
  const base = description.frontEnd;
  if (base.kind !== "pcen") throw new Error("Humpback's front end is PCEN");
  const checked = new GraphBuilder(weights);
  const [alpha = [], delta = [], root = []] = await Promise.all(
    PCEN_TENSORS.map(async (name) => {
      checked.shape(name, [base.bands]);
      return Array.from(await checked.read(name));
    }),
  );
  return { ...base, alpha, delta, root };
}
