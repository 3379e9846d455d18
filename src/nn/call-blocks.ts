import { OrcaError } from "../errors.ts";
import { CALLS, type KernelName } from "./calls.ts";
import type { Kernel, KernelInstance } from "./module.ts";
import type { Argument, Step } from "./packed-format.ts";

const WORD = 4;

/** What depends on the windows at hand. */
type OpenArgument = Exclude<Argument, number | { readonly constant: number }>;

/** A kernel, where its call lies, and which words of memory are to be written before each call. */
export interface ReadyStep {
  readonly kernel: Kernel;
  readonly address: number;
  readonly open: readonly { readonly word: number; readonly value: OpenArgument }[];
}

/**
 * The calls of `steps`, one after the other, as they are to lie in memory from `at`, a multiple of 4. Throws
 * `model_damaged` for a call that this version's kernels do not know.
 */
export function layOutCalls(
  steps: readonly Step[],
  instance: KernelInstance,
  constantsAt: number,
  at: number,
): { steps: ReadyStep[]; words: Int32Array } {
  const words: number[] = [];
  const ready = steps.map((step) => {
    const kernel = instance.kernel(step.kernel);
    const address = at + WORD * words.length;
    const open: { word: number; value: OpenArgument }[] = [];
    for (const field of fieldsOf(step)) {
      const value = step.call[field] as Argument;
      if (typeof value === "number") words.push(value);
      else if ("constant" in value) words.push(constantsAt + value.constant);
      else open.push({ word: at / WORD + words.push(0) - 1, value });
    }
    return { kernel, address, open };
  });
  return { steps: ready, words: Int32Array.from(words) };
}

/** The fields of a step's call, in their order: those of this version's kernel, no more and no fewer. */
function fieldsOf({ kernel, call }: Step): readonly string[] {
  const fields: readonly string[] = CALLS[kernel as KernelName] ?? [];
  const given = Object.keys(call);
  const wrong = fields.find((field) => !given.includes(field)) ?? given.find((field) => !fields.includes(field));
  if (wrong === undefined) return fields;
  const how = given.includes(wrong) ? "with" : "without";
  throw new OrcaError("model_damaged", `The packed model calls ${kernel} ${how} ${wrong}, unlike this version.`, {
    hint: "Pack it again.",
  });
}
