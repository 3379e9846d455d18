import * as z from "zod";
import { checked, faultText } from "../../checked.ts";
import { OrcaError } from "../../errors.ts";
import { describeModel, type ModelDescription } from "../../models/index.ts";
import type { GraphValue, Signature } from "../../onnx/file/signature.ts";

/** A published file that a preset names. */
const Source = z.strictObject({
  file: z.string(),
  addresses: z.array(z.url()).min(1),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  /** Bytes beyond which it is something else. */
  most: z.int().positive(),
});

/**
 * A file that describes a model of one's own: a description without an id, in which names and shapes of tensors may be left
 * out where the graph tells them; names of classes; and, in presets, where the model is published.
 */
const DescriptionFile = z.looseObject({
  labels: z.array(z.string().min(1)).optional(),
  source: Source.optional(),
  /** Why a conversion may not be passed on or fetched, where that is so. */
  note: z.string().optional(),
});

export interface DescriptionFile {
  readonly labels?: readonly string[] | undefined;
  readonly source?: z.infer<typeof Source> | undefined;
  readonly note?: string | undefined;
  /** The rest: checked against a graph by `describedBy`. */
  readonly description: Readonly<Record<string, unknown>>;
}

/** Reads a description's JSON. Throws `description_invalid`. */
export function parseDescriptionFile(text: string, where: string): DescriptionFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new OrcaError("description_invalid", `${where} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const { data, fault } = checked(DescriptionFile, value);
  if (fault !== undefined) throw new OrcaError("description_invalid", `${where}: ${faultText(fault)}.`);
  const { labels, source, note, ...description } = data;
  return { labels, source, note, description };
}

type Loose = Record<string, unknown>;
const isObject = (value: unknown): value is Loose =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The whole description of a model: what the file says, and of names and shapes of tensors what the graph says where the file
 * says nothing. Throws `description_invalid` that names everything in which the two contradict each other.
 */
export function describedBy(
  { description }: DescriptionFile,
  graph: Signature,
  id: string,
  where: string,
): ModelDescription {
  const faults: string[] = [];
  const input = isObject(description.input) ? description.input : {};
  const outputs = Array.isArray(description.outputs) ? description.outputs.filter(isObject) : [];
  const taken = inputOf(graph, input, faults);
  const completed: Loose = {
    ...description,
    id,
    input: { ...taken, ...input },
    outputs: outputs.map((output, at) => ({ ...outputOf(graph, output, at, faults), ...output })),
  };
  if (faults.length === 0) {
    const whole = describeModel(completed, where);
    checkAgainst(whole, graph, faults);
    if (faults.length === 0) return whole;
  }
  throw new OrcaError("description_invalid", `${where} and the graph do not agree: ${faults.join(" ")}`, {
    hint: `The graph takes ${graph.inputs.map(shown).join(", ")} and gives ${graph.outputs.map(shown).join(", ")}.`,
  });
}

const shown = ({ name, shape }: GraphValue) => `${name} [${shape.map((size) => size ?? "?").join(", ")}]`;

/** What the graph says of its input. */
function inputOf({ inputs }: Signature, given: Loose, faults: string[]): Loose {
  const [only, ...more] = inputs;
  const found = typeof given.tensor === "string" ? inputs.find(({ name }) => name === given.tensor) : only;
  if (typeof given.tensor === "string" && found === undefined) {
    faults.push(`There is no input ${given.tensor}.`);
    return {};
  }
  if (found === undefined || more.length > 0) {
    faults.push(`The graph has ${inputs.length} inputs; models with one can be run.`);
    return {};
  }
  const [batch, ...shape] = found.shape;
  const sizes = known(shape) ?? (given.shape === undefined ? boundBy(shape, given) : undefined);
  return {
    tensor: found.name,
    ...(sizes === undefined ? {} : { shape: sizes }),
    ...(batch === 1 ? { batch: 1 } : {}),
  };
}

/** A waveform of any length takes that of the description's window. */
function boundBy(shape: GraphValue["shape"], { window }: Loose): number[] | undefined {
  return shape.length === 1 && typeof window === "number" ? [window] : undefined;
}

/** What the graph says of an output: the one that is named, or the only one of the shape that is given. */
function outputOf({ outputs }: Signature, given: Loose, at: number, faults: string[]): Loose {
  const wanted = Array.isArray(given.shape) ? (given.shape as unknown[]) : undefined;
  const fits = ({ shape }: GraphValue) =>
    wanted === undefined ||
    (shape.length === wanted.length + 1 &&
      shape.slice(1).every((size, axis) => typeof size !== "number" || size === wanted[axis]));
  const name = typeof given.tensor === "string" ? given.tensor : given.name;
  const named = outputs.find((output) => output.name === name);
  if (typeof given.tensor === "string" && named === undefined) {
    faults.push(`There is no output ${given.tensor}.`);
    return {};
  }
  const candidates = named === undefined ? outputs.filter(fits) : [named];
  const [found, ...more] = candidates;
  if (found === undefined || more.length > 0) {
    const how = candidates.length === 0 ? "none fits" : `${candidates.length} fit`;
    faults.push(`outputs.${at}: which tensor ${String(given.name)} is, is not said, and ${how}.`);
    return {};
  }
  const sizes = known(found.shape.slice(1));
  return { tensor: found.name, ...(sizes === undefined ? {} : { shape: sizes }) };
}

function known(shape: GraphValue["shape"]): number[] | undefined {
  return shape.length > 0 && shape.every((size) => typeof size === "number") ? (shape as number[]) : undefined;
}

function checkAgainst({ input, outputs }: ModelDescription, graph: Signature, faults: string[]): void {
  const check = (what: string, value: GraphValue | undefined, shape: readonly number[]) => {
    if (value === undefined) return;
    if (!value.float32) faults.push(`${what} ${value.name} is not of float32.`);
    const sizes = value.shape.slice(1);
    // A graph that states no shape at all is believed, and held against what it gives when it runs.
    const same = value.shape.length === 0 || sizes.length === shape.length;
    if (same && sizes.every((size, axis) => typeof size !== "number" || size === shape[axis])) return;
    faults.push(`${what} ${value.name} is ${shown(value)} in the graph and [batch, ${shape.join(", ")}] here.`);
  };
  const found = graph.inputs.find(({ name }) => name === input.tensor);
  check("Input", found, input.shape);
  const batch = found?.shape[0];
  if (typeof batch === "number" && batch !== 1) {
    faults.push(`The graph takes ${batch} windows at once, always; export it with a free batch, or of 1.`);
  }
  for (const { tensor, shape } of outputs) {
    check(
      "Output",
      graph.outputs.find(({ name }) => name === tensor),
      shape,
    );
  }
}
