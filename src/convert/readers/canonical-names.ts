import { OrcaError } from "../../errors.ts";
import type { ModelName } from "../../models/index.ts";
import { humpbackConvolutions, humpbackShapes, PCEN_TENSORS } from "../nets/humpback.ts";
import { vggishShapes } from "../nets/vggish.ts";
import { yamnetShapes } from "../nets/yamnet.ts";
import type { StoredTensor, TensorStore } from "./tensor-store.ts";

/** The two matrices of Humpback's PCEN smoother: published beside the weights, and no part of the net. */
export const SMOOTHER = { kernel: "pcen/smoother/kernel", recurrent: "pcen/smoother/recurrent_kernel" } as const;

/** What a model's tensors are called here, and how to tell it from what a file calls them. */
interface NameRules {
  readonly expected: readonly string[];
  /** A name that a person gave, in the spelling used here; it may still have more in front. */
  fromName(name: string): string;
  /** Where there are no names: from the checkpoint key, or from the shape. */
  fromKey(tensor: StoredTensor): string | undefined;
}

const KEY_END = "/\\.ATTRIBUTES/VARIABLE_VALUE$";
/** Counters that TensorFlow adds when it saves; they are no part of a model. */
const BOOKKEEPING = /(^|\/)(save_counter|global_step)(\/\.ATTRIBUTES\/VARIABLE_VALUE)?$/;

/** The module keeps its variables as a list, in the order in which vggish_slim.py makes them (vggish_export_tfhub.py). */
function vggishRules(): NameRules {
  const expected = [...vggishShapes().keys()];
  const listed = new RegExp(`(?:^|/)_?variables/(\\d+)${KEY_END}`);
  return { expected, fromName: (name) => name, fromKey: ({ key }) => expected[Number(listed.exec(key)?.[1] ?? -1)] };
}

/** Layers with weights in the order of yamnet.py (MODELS 2.4); the dense layer was called both logits and dense. */
function yamnetRules(): NameRules {
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

/**
 * google/multispecies-whale-detection humpback_model/humpback_model.py: its batch norms are named after the convolution
 * before them (`batch_normalization_output` follows `conv_output`), its list of variables has the trainable ones first
 * (MODELS 3.4).
 */
function humpbackRules(): NameRules {
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

const RULES: Readonly<Record<ModelName, () => NameRules>> = {
  vggish: vggishRules,
  yamnet: yamnetRules,
  humpback: humpbackRules,
};

/**
 * The tensors of a file by the names used here. Names that people gave come before positions, because they cannot be
 * mistaken. Throws `weights_invalid` where a tensor is missing, is there twice, or is none of the model's.
 */
export function resolveNames(model: ModelName, store: TensorStore): ReadonlyMap<string, StoredTensor> {
  const rules = RULES[model]();
  const expected = new Set(rules.expected);
  const found = new Map<string, StoredTensor>();
  const strangers: StoredTensor[] = [];
  for (const tensor of store.tensors) {
    const name = canonicalName(tensor, rules, expected);
    const other = name === undefined ? undefined : found.get(name);
    if (other !== undefined) {
      throw refused(tensor, `${label(other)} and ${label(tensor)} would both be ${name}.`);
    }
    if (name !== undefined) found.set(name, tensor);
    else if (!BOOKKEEPING.test(tensor.key)) strangers.push(tensor);
  }
  const missing = rules.expected.filter((name) => !found.has(name));
  if (missing.length > 0) throw missingTensors(model, store, missing, expected.size);
  const stranger = strangers[0] ?? store.others.find(({ key }) => !BOOKKEEPING.test(key));
  if (stranger !== undefined) throw refused(stranger, `${stranger.key} is no tensor of ${model}.`);
  return new Map(rules.expected.map((name) => [name, found.get(name) as StoredTensor]));
}

function canonicalName(tensor: StoredTensor, rules: NameRules, expected: ReadonlySet<string>): string | undefined {
  for (const given of tensor.names) {
    const parts = rules.fromName(given).split("/");
    // Outer scopes may stand in front: embed/pre_blocks/conv/kernel.
    for (let first = 0; first < parts.length; first++) {
      const name = parts.slice(first).join("/");
      if (expected.has(name)) return name;
    }
  }
  const name = rules.fromKey(tensor);
  return name !== undefined && expected.has(name) ? name : undefined;
}

function missingTensors(model: string, store: TensorStore, missing: readonly string[], count: number): OrcaError {
  const { file, byteOffset } = store.listed;
  const some =
    missing.length > 3 ? `${missing.slice(0, 3).join(", ")} and ${missing.length - 3} more` : missing.join(", ");
  return new OrcaError(
    "weights_invalid",
    `${file}, byte ${byteOffset}: ${missing.length} of ${count} tensors of ${model} are missing: ${some}.`,
    {
      byteOffset,
      hint:
        missing.length === count
          ? "Is this the file of another model?"
          : "Is this another version of the model, or a part of it?",
    },
  );
}

function refused({ declared }: Pick<StoredTensor, "declared">, what: string): OrcaError {
  return new OrcaError("weights_invalid", `${declared.file}, byte ${declared.byteOffset}: ${what}`, {
    byteOffset: declared.byteOffset,
    hint: "Is this file another model, or another version of it?",
  });
}

function label({ key, names }: StoredTensor): string {
  return names[0] === undefined || names[0] === key ? key : `${key} (${names[0]})`;
}
