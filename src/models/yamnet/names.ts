import { KEY_END, type NameRules } from "../../convert/readers/index.ts";
import { yamnetShapes } from "./net.ts";

/** Layers with weights in the order of yamnet.py; the dense layer was called both logits and dense. */
export function yamnetNames(): NameRules {
  const paths = ["layer1/conv", "layer1/conv/bn"];
  for (let layer = 2; layer <= 14; layer++) {
    for (const kind of ["depthwise_conv", "pointwise_conv"]) {
      paths.push(`layer${layer}/${kind}`, `layer${layer}/${kind}/bn`);
    }
  }
  paths.push("logits");
  const layered = new RegExp(`(?:^|/)layer_with_weights-(\\d+)/(\\w+)${KEY_END}`);
  const dense = /(?:^|\/)(kernel|bias)(?::0)?$/;
  return {
    expected: [...yamnetShapes().keys()],
    fromName: (name) => name,
    fromKey: ({ key, shape }) => {
      const [, layer, leaf] = layered.exec(key) ?? [];
      if (layer !== undefined) return `${paths[Number(layer)]}/${leaf}`;
      // Keras loads by order, so a file may have any name for the dense layer: it is the one matrix, and the one bias.
      const kind = dense.exec(key)?.[1];
      return kind !== undefined && shape.length === (kind === "kernel" ? 2 : 1) ? `logits/${kind}` : undefined;
    },
  };
}
