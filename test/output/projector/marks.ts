import { expect } from "vitest";
import type { EmbedRecord } from "../../../src/records/index.ts";
import { markedHeader, markedWindow, markIn } from "../../support/marked-windows.ts";
import type { Experiment } from "../../support/projector-reader.ts";
import { summaryOf } from "../../support/records.ts";

export function* marked(count: number, size: number, scores = 0): Generator<EmbedRecord> {
  yield markedHeader({ model: scores === 0 ? "vggish" : "yamnet", embedding: size });
  for (let index = 0; index < count; index++) {
    const values = Float32Array.from({ length: scores }, (_, at) => (at === index % scores ? 0.75 : 0.25));
    yield markedWindow(index, size, scores === 0 ? {} : { scores: values });
  }
  yield summaryOf(count);
}

/** Which window each row of the three files shows; they must be the same. */
export function marks(experiment: Experiment): number[] {
  const inTensors = experiment.tensors.map((row) => row[0] as number);
  expect(experiment.metadata.rows.map((row) => Number(row.window))).toEqual(inTensors);
  expect(inTensors.map((_, place) => markIn(experiment, place))).toEqual(inTensors);
  return inTensors;
}
