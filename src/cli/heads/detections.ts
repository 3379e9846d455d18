import { COPY_ROWS, type CollectionFolder } from "../../collection/folder.node.ts";
import { HeadStage, type LoadedHead, Logits, type RunningOptions } from "../../heads/index.ts";
import type { Detection } from "../../output/detections/detection.ts";
import { recordingFacts } from "./collected.ts";
import { runningModel } from "./running-model.ts";

/** The events of heads in a collection's recordings, by recordings and then by time. */
export async function detectionsIn(
  folder: CollectionFolder,
  kernels: WebAssembly.Module,
  heads: readonly LoadedHead[],
  options: RunningOptions,
  recordings: readonly string[] = [],
  path: (name: string) => string = (name) => name,
): Promise<{ readonly detections: Detection[]; readonly windows: number }> {
  const { collection } = folder;
  const { model } = collection;
  const running = runningModel(model);
  const facts = await recordingFacts(collection);
  const logits = new Logits(
    kernels,
    heads.map(({ head }) => head),
  );
  const detections: Detection[] = [];
  const high = (model.rate ?? 0) / 2;
  let open:
    | { readonly id: number; readonly stage: HeadStage; readonly quiet: Float64Array; quietWindows: number }
    | undefined;
  const values = new Float64Array(COPY_ROWS * logits.count);
  let windows = 0;
  const take = (id: number, events: ReturnType<HeadStage["flush"]>) => {
    const { name = "", site = "", utc } = facts.get(id) ?? {};
    for (const event of events) {
      if (event.phase !== "end") continue;
      const { start, end, peak, peakStart, mean, windows: count, head, class: one } = event;
      const began = utc === undefined ? undefined : utc + 1000 * start;
      detections.push({
        recording: name,
        path: path(name),
        site,
        start,
        end,
        utc: began,
        head,
        class: one.name,
        peak,
        peakStart,
        mean,
        windows: count,
        low: one.low ?? 0,
        high: one.high ?? high,
        model: model.id,
      });
    }
  };
  for await (const block of folder.placed((count) => logits.room(count), recordings)) {
    logits.runThere(block.count, values);
    windows += block.count;
    for (let at = 0; at < block.count; at++) {
      const id = block.recordings[at] as number;
      if (open?.id !== id) {
        if (open !== undefined) take(open.id, open.stage.flush());
        const site = options.site ?? facts.get(id)?.site;
        const stage = new HeadStage(kernels, running, heads, [], { ...options, site });
        open = { id, stage, quiet: stage.quietBelow(), quietWindows: 0 };
      }
      if (isQuiet(values, at * logits.count, open.quiet)) {
        open.quietWindows++;
        continue;
      }
      open.stage.skip(open.quietWindows);
      open.quietWindows = 0;
      const vector = block.vectors.subarray(at * model.dimensions, (at + 1) * model.dimensions);
      const scores = open.stage.scoreOf(values, at * logits.count, vector, undefined);
      // The last window may reach beyond the recording.
      const end = Math.min(block.ends[at] as number, facts.get(id)?.seconds ?? Number.POSITIVE_INFINITY);
      take(id, open.stage.events({ start: block.starts[at] as number, end }, scores));
    }
  }
  if (open !== undefined) take(open.id, open.stage.flush());
  return { detections, windows };
}

/** Whether every class is so far below its thresholds that the window is no part of an event. */
function isQuiet(logits: Float64Array, first: number, below: Float64Array): boolean {
  for (let k = 0; k < below.length; k++) if (!((logits[first + k] as number) < (below[k] as number))) return false;
  return true;
}
