import { KEY_END, type NameRules } from "../../convert/readers/index.ts";
import { humpbackConvolutions, humpbackShapes, PCEN_TENSORS } from "./net.ts";

/** The two matrices of PCEN's smoother: published beside the weights, and no part of the net. */
export const SMOOTHER = { kernel: "pcen/smoother/kernel", recurrent: "pcen/smoother/recurrent_kernel" } as const;

/**
 * google/multispecies-whale-detection humpback_model/humpback_model.py: its batch norms are named after the convolution
 * before them (`batch_normalization_output` follows `conv_output`), its list of variables has the trainable ones first.
 */
export function humpbackNames(): NameRules {
  const paths = [...humpbackConvolutions()].map(([path]) => path);
  const order = [
    ...PCEN_TENSORS,
    SMOOTHER.kernel,
    SMOOTHER.recurrent,
    ...paths.flatMap((path) => [`${path}/kernel`, `${path}/bn/beta`]),
    ...paths.flatMap((path) => [`${path}/bn/moving_mean`, `${path}/bn/moving_variance`]),
    "dense/kernel",
    "dense/bias",
  ];
  const layers: Readonly<Record<string, string>> = { "0": "pcen", "2": "dense" };
  const layered = new RegExp(`(?:^|/)layer_with_weights-(\\d+)/(\\w+)${KEY_END}`);
  const listed = new RegExp(`(?:^|/)variables/(\\d+)${KEY_END}`);
  return {
    expected: [...humpbackShapes().keys(), SMOOTHER.kernel, SMOOTHER.recurrent],
    fromName: (name) =>
      name
        .replace(/(^|\/)simple_rnn\w*\/(?:\w+\/)?(kernel|recurrent_kernel)$/, "$1smoother/$2")
        .replace(/\/batch_normalization(\w*)\/(\w+)$/, "/conv$1/bn/$2"),
    fromKey: ({ key }) => {
      const [, layer, leaf] = layered.exec(key) ?? [];
      if (layer !== undefined) return `${layers[layer]}/${leaf}`;
      return order[Number(listed.exec(key)?.[1] ?? -1)];
    },
  };
}
