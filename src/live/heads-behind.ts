import { type ChosenHeads, eventRecord, headFields, headStage, withEvents } from "../embed/index.ts";
import type { HeadStage } from "../heads/index.ts";
import type { LoadedModel } from "../models/index.ts";
import type { HeaderRecord, LiveRecord, WindowRecord } from "../records/index.ts";

/**
 * Heads behind windows that were made without them: header, windows and events are as if they had run with the net. A rule on
 * the model's own scores needs windows that have them. Throws `bad_option` for heads of another model.
 */
export async function* headsBehind(
  batches: AsyncIterable<readonly LiveRecord[]>,
  loaded: LoadedModel,
  kernels: WebAssembly.Module,
  chosen: ChosenHeads | undefined,
): AsyncGenerator<readonly LiveRecord[]> {
  if ((await headStage(loaded, kernels, chosen)) === undefined) {
    yield* batches;
    return;
  }
  let stage: HeadStage | undefined;
  let clock = clockOf(undefined);
  for await (const records of batches) {
    const out: LiveRecord[] = [];
    for (const record of records) {
      if (record.type === "header") {
        stage = (await headStage(loaded, kernels, chosen)) as HeadStage;
        clock = clockOf(record);
        out.push({ ...record, heads: stage.facts });
      } else if (record.type === "window" && stage !== undefined) {
        out.push(...withEvents([scored(record, stage)], stage, clock));
      } else {
        if (record.type === "summary" && stage !== undefined)
          for (const event of stage.flush()) out.push(eventRecord(event, clock));
        out.push(record);
      }
    }
    yield out;
  }
}

const scored = (window: WindowRecord, stage: HeadStage): WindowRecord => ({
  ...window,
  ...headFields(stage.score(window.embedding, window.scores)),
});

function clockOf(header: HeaderRecord | undefined) {
  const start = header?.start === undefined ? undefined : Date.parse(header.start.utc);
  return { utc: (seconds: number) => (start === undefined ? undefined : start + 1000 * seconds) };
}
