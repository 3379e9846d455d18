import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { type NpyArray, readNpz } from "../../convert/readers/npz.ts";
import { counted } from "../../counted.ts";
import { resultOfTensor } from "../../embed/index.ts";
import { OrcaError } from "../../errors.ts";
import { extract } from "../../extract.ts";
import type { Check } from "../../models/catalogue.ts";
import { type ModelDescription, type OutputDescription, resultShape } from "../../models/index.ts";
import type { Runtime } from "../../runtime.node.ts";

/** How far a number may lie from the reference, of the largest where that is above 1: two float32 runtimes with other orders of summation. */
const TOLERANCE = 1e-4;

/**
 * Holds a model against what another runtime gave: arrays of an .npz file. One array is the waveform at the model's rate and
 * is called `wave` or begins so; the others are outputs, [windows, …], called as the description or the graph calls them
 * (: and / may be _), pooled or as the net gives them. Throws `bad_option` where the file has no such arrays.
 */
export async function checksAgainst(
  path: string,
  description: ModelDescription,
  runtime: Runtime,
  form: { readonly variant: string; readonly engine: string },
): Promise<Check[]> {
  const file = basename(path);
  const arrays = readNpz(await readFile(path), file);
  const wave = [...arrays].find(([name, { shape }]) => name.startsWith("wave") && shape.length === 1)?.[1];
  const wanted = description.outputs.flatMap((output) => {
    const names = [output.name, output.tensor, output.tensor.replaceAll(/[:/]/g, "_")];
    const [reference] = names.flatMap((name) => referenceOf(output, arrays.get(name)));
    return reference === undefined ? [] : [{ output, reference }];
  });
  if (wave === undefined || wanted.length === 0) {
    const what = wave === undefined ? "no one-dimensional array that is called wave" : "no output of the model";
    throw new OrcaError("bad_option", `${file} holds ${what}: its arrays are ${[...arrays.keys()].join(", ")}.`, {
      field: "against",
      hint: `Outputs of ${description.id} are ${description.outputs.map(({ name, tensor }) => `${name} (${tensor})`).join(", ")}.`,
    });
  }
  const audio = { samples: Float32Array.from(wave.values), rate: description.input.rate };
  const outputs = wanted.flatMap(({ output }) => (output.role === "other" ? [output.name] : []));
  const worst = new Map(wanted.map(({ output }) => [output.name, 0]));
  let windows = 0;
  for await (const record of extract(audio, description.id, { runtime, ...form, outputs, scores: true })) {
    if (record.type !== "window") continue;
    // What nets make of nothing is made of rounding: two runs of one runtime may differ there.
    if (record.rms === 0) continue;
    for (const { output, reference } of wanted) {
      const ours = output.role === "other" ? record.outputs?.[output.name] : record[output.role];
      const truth = reference[record.index];
      // What the reference has no window for is no difference.
      if (ours === undefined || truth === undefined) continue;
      worst.set(output.name, Math.max(worst.get(output.name) ?? 0, largestDifference(ours, truth)));
    }
    windows++;
  }
  return wanted.map(({ output, reference }) => {
    const largest = reference
      .flatMap((row) => Array.from(row))
      .reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const share = (worst.get(output.name) ?? 0) / Math.max(1, largest);
    return {
      check: `${output.name} of ${counted(windows, "window")} with sound, against ${file}`,
      expected: `within ${TOLERANCE}, of the largest value where that is above 1`,
      got: share.toExponential(1),
      passed: windows > 0 && share <= TOLERANCE,
    };
  });
}

/** A row a window, as results have them: the array's, or made of it where it is the tensor as the net gives it. */
function referenceOf(output: OutputDescription, array: NpyArray | undefined): Float32Array[][] {
  if (array === undefined) return [];
  const size = array.shape.slice(1).reduce((product, axis) => product * axis, 1);
  const rows = Array.from({ length: array.shape[0] ?? 0 }, (_, at) =>
    Float32Array.from(array.values.subarray(at * size, (at + 1) * size)),
  );
  const whole = output.shape.reduce((product, axis) => product * axis, 1);
  if (size === whole) return [rows.map((row) => resultOfTensor(output, row))];
  return size === resultShape(output).reduce((product, axis) => product * axis, 1) ? [rows] : [];
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = 0;
  // NaN is no small difference.
  for (let at = 0; at < a.length; at++) {
    const difference = Math.abs((a[at] as number) - (b[at] as number));
    most = difference <= most ? most : Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return most;
}
