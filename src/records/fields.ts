import type { OrcaError } from "../errors.ts";
import type { HeaderRecord, WindowRecord } from "./types.ts";

/** An array of a window, as the header before it describes it. */
export interface ArrayField {
  /** Where it stands in a window: `embedding`, `scores`, `spectrogram`, or `outputs.NAME`. */
  readonly name: string;
  /** Dimensions, the slowest first; arrays are row-major. */
  readonly shape: readonly number[];
  /** How many numbers that is. */
  readonly size: number;
  /** Whether every window carries it; the others come where they were asked for. */
  readonly always: boolean;
  of(window: WindowRecord): Float32Array<ArrayBuffer> | undefined;
}

/** An error with the words that say what is wrong with a record. */
export type Failing = (what: string) => OrcaError;

const OUTPUT = "outputs.";

/** The arrays that windows may carry behind `header`, in the order in which they are written. Throws what `fail` makes. */
export function arrayFields(header: HeaderRecord, fail: Failing): ArrayField[] {
  const { embedding, scores, spectrogram, outputs = [] } = header;
  const fields = [
    field("embedding", [embedding], true, (window) => window.embedding, fail),
    ...(scores === undefined ? [] : [field("scores", [scores], false, (window) => window.scores, fail)]),
    ...(spectrogram === undefined
      ? []
      : [field("spectrogram", [spectrogram.frames, spectrogram.bands], false, (window) => window.spectrogram, fail)]),
    ...outputs.map((output) => {
      if (typeof output?.name !== "string" || output.name === "" || !Array.isArray(output.shape))
        throw fail("an output in its header has no name or no shape");
      return field(OUTPUT + output.name, output.shape, true, (window) => outputOf(window, output.name), fail);
    }),
  ];
  const twice = fields.find(({ name }, at) => fields.findIndex((other) => other.name === name) !== at);
  if (twice !== undefined) throw fail(`its header names ${twice.name} twice`);
  return fields;
}

/** Of its own only: `constructor` is no output that nobody gave. */
function outputOf({ outputs }: WindowRecord, name: string): Float32Array<ArrayBuffer> | undefined {
  return outputs !== undefined && Object.hasOwn(outputs, name) ? outputs[name] : undefined;
}

function field(
  name: string,
  shape: readonly number[],
  always: boolean,
  of: ArrayField["of"],
  fail: Failing,
): ArrayField {
  if (!shape.every((dimension) => Number.isSafeInteger(dimension) && dimension >= 0))
    throw fail(`its header gives ${name} the shape ${JSON.stringify(shape)}; whole numbers were expected`);
  return { name, shape, size: shape.reduce((size, dimension) => size * dimension, 1), always, of };
}

/**
 * A window with each of its arrays turned into something else: what stands in it beside them first, then the arrays in
 * the order of `fields`. Throws what `fail` makes, for an array that is missing or that the header does not name.
 */
export function withArrays(
  window: object,
  fields: readonly ArrayField[],
  turn: (array: unknown, field: ArrayField) => unknown,
  fail: Failing,
): Record<string, unknown> {
  const { embedding, scores, spectrogram, outputs, ...rest } = window as Record<string, unknown>;
  const named = Object.entries(outputs ?? {}).map(([name, array]) => [OUTPUT + name, array] as const);
  const given = new Map([...Object.entries({ embedding, scores, spectrogram }), ...named]);
  const turned: Record<"own" | "outputs", (readonly [string, unknown])[]> = { own: [], outputs: [] };
  for (const field of fields) {
    const { name } = field;
    const array = given.get(name);
    given.delete(name);
    if (array === undefined) {
      if (field.always) throw fail(`it has no ${name}`);
    } else if (name.startsWith(OUTPUT)) turned.outputs.push([name.slice(OUTPUT.length), turn(array, field)]);
    else turned.own.push([name, turn(array, field)]);
  }
  for (const [name, array] of given) if (array !== undefined) throw fail(`its header says nothing of ${name}`);
  return {
    ...rest,
    ...Object.fromEntries(turned.own),
    ...(turned.outputs.length === 0 ? {} : { outputs: Object.fromEntries(turned.outputs) }),
  };
}

/** Place of the first number that is NaN or infinite; -1 where all are finite. */
export function firstNonFinite(values: Float32Array): number {
  // IEEE 754: all bits of the exponent are set in infinities and NaN.
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  for (let at = 0; at < bits.length; at++) if (((bits[at] as number) & 0x7f800000) === 0x7f800000) return at;
  return -1;
}
