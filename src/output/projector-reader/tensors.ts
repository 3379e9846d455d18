import { OrcaError } from "../../errors.ts";
import { projectorLines } from "./lines.ts";

export interface Tensors {
  readonly count: number;
  /** Numbers of a row. */
  readonly size: number;
  /** [count, size], row-major. */
  readonly values: Float32Array<ArrayBuffer>;
  /** What the projector takes for labels instead of numbers. */
  readonly labels: readonly string[];
}

/**
 * tensors.tsv as the projector reads it: blank lines are passed over, and a first cell that is no number, or one more than
 * the others have, is a label. Throws `bundle_invalid` where rows differ in length or have one number alone.
 */
export function readTensorText(content: Uint8Array, file: string): Tensors {
  const lines = projectorLines(content, file);
  const labels: string[] = [];
  let values = new Float32Array(0);
  let [size, count] = [0, 0];
  const refuse = (what: string, hint: string) =>
    new OrcaError("bundle_invalid", `${file}: ${what}`, { field: file, hint });
  for (const line of lines) {
    const text = line.trim();
    if (text === "") continue;
    const cells = text.split("\t");
    const labelled = Number.isNaN(Number(cells[0])) || (count > 0 && size === cells.length - 1);
    if (labelled) labels.push(cells[0] as string);
    const first = labelled ? 1 : 0;
    if (count === 0) {
      size = cells.length - first;
      values = new Float32Array(size * lines.length);
      if (size <= 1)
        throw refuse(
          "its rows have one number alone.",
          "The projector shows vectors of two numbers or more, with tabs between.",
        );
    }
    if (cells.length - first !== size) {
      throw refuse(
        `row ${count + 1} has ${cells.length - first} numbers, the first has ${size}.`,
        "All rows must be of one length.",
      );
    }
    for (let at = 0; at < size; at++) values[count * size + at] = Number(cells[first + at]);
    count++;
  }
  return { count, size, values: values.subarray(0, count * size), labels };
}
