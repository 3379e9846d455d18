import { OrcaError } from "../../errors.ts";
import type { StoredTensor, TensorStore } from "./tensor-store.ts";

/** What a model's tensors are called here, and how to tell it from what a file calls them. */
export interface NameRules {
  readonly expected: readonly string[];
  /** A name that a person gave, in the spelling used here; it may still have more in front. */
  fromName(name: string): string;
  /** Where there are no names: from the checkpoint key, or from the shape. */
  fromKey(tensor: StoredTensor): string | undefined;
}

/** What a checkpoint's key ends with, for a regular expression. */
export const KEY_END = "/\\.ATTRIBUTES/VARIABLE_VALUE$";
/** Counters that TensorFlow adds when it saves; they are no part of a model. */
const BOOKKEEPING = /(^|\/)(save_counter|global_step)(\/\.ATTRIBUTES\/VARIABLE_VALUE)?$/;

/**
 * The tensors of a file by the names used here. Names that people gave come before positions, because they cannot be
 * mistaken. Throws `weights_invalid` where a tensor is missing, is there twice, or is none of the model's.
 */
export function resolveNames(model: string, rules: NameRules, store: TensorStore): ReadonlyMap<string, StoredTensor> {
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
