import { basename, join } from "node:path";
import { Command } from "commander";
import { CollectionFolder, collectionPath } from "../../collection/folder.node.ts";
import { counted } from "../../counted.ts";
import { asOrcaError, OrcaError } from "../../errors.ts";
import { HeadStage, type LoadedHead, Logits, type RunningOptions } from "../../heads/index.ts";
import { makeFolder } from "../../make-folder.node.ts";
import type { ValuesOf } from "../../options/index.ts";
import type { Detection } from "../../output/index.ts";
import { kernelsModule } from "../../runtime.node.ts";
import { CANNOT_BEGIN } from "../extract/command.ts";
import { withOptions } from "../options.ts";
import { printLine, printNote } from "../print.ts";
import { loadHead } from "./chosen.ts";
import { recordingFacts } from "./collected.ts";
import { writeDetections } from "./detection-files.ts";
import { modelOf } from "./judge.ts";
import { DETECT } from "./options.ts";
import { runningModel } from "./running-model.ts";

export function detectCommand(): Command {
  const command = new Command("detect")
    .description(
      "Runs heads over a collection, without its audio: events as tables, JSON, clips and a page to listen through.",
    )
    .argument("<collection>", "a folder that orca-embed collect, or perch-hoplite, wrote");
  return withOptions(command, DETECT, async (given: string, read) => {
    try {
      await detectAll(given, read());
    } catch (thrown) {
      if (CANNOT_BEGIN.has(asOrcaError(thrown).code)) process.exitCode ??= 2;
      throw thrown;
    }
  });
}

async function detectAll(given: string, chosen: ValuesOf<typeof DETECT>): Promise<void> {
  const { head: files = [], out } = chosen;
  if (files.length === 0)
    throw new OrcaError("bad_option", "--head names no head.", { field: "head", hint: "orca-embed train makes one." });
  const heads = await Promise.all(files.map(loadHead));
  const folder = await CollectionFolder.open(await collectionPath(given, chosen.model ?? modelOf(heads)));
  try {
    const base = chosen.audio ?? folder.audioSources().at(-1)?.base ?? "";
    const began = performance.now();
    const { detections, windows } = await detectionsIn(
      folder,
      await kernelsModule(),
      heads,
      chosen,
      chosen.recordings,
      (name) => join(base, name),
    );
    const took = (performance.now() - began) / 1000;
    printNote(`${counted(windows, "window")} in ${took.toFixed(2)} s.`);
    await makeFolder(out);
    await writeDetections(detections, {
      out,
      formats: chosen.format,
      clips: chosen.clips,
      collection: basename(given),
      heads: heads.map(({ head }) => head.id).join(", "),
      model: folder.collection.model.id,
      models: chosen.folder,
    });
    const counts = Map.groupBy(detections, (one) => `${one.class} (${one.head})`);
    for (const [name, list] of [...counts].sort()) printLine(`${name}: ${counted(list.length, "event")}`);
    printLine(
      `${out}: ${counted(detections.length, "event")} in ${counted(new Set(detections.map(({ recording }) => recording)).size, "recording")}`,
    );
  } finally {
    folder.close();
  }
}

/** The events of heads in a collection's recordings, by recordings and then by time. */
export async function detectionsIn(
  { collection }: CollectionFolder,
  kernels: WebAssembly.Module,
  heads: readonly LoadedHead[],
  options: RunningOptions,
  recordings: readonly string[] = [],
  path: (name: string) => string = (name) => name,
): Promise<{ readonly detections: Detection[]; readonly windows: number }> {
  const { model } = collection;
  const running = runningModel(model);
  const facts = await recordingFacts(collection);
  const logits = new Logits(
    kernels,
    heads.map(({ head }) => head),
  );
  const detections: Detection[] = [];
  const high = (model.rate ?? 0) / 2;
  let open: { readonly id: number; readonly stage: HeadStage } | undefined;
  let values = new Float64Array(0);
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
  const filter = recordings.length === 0 ? {} : { filter: { recordings } };
  for await (const block of collection.blocks(filter)) {
    if (values.length < block.count * logits.count) values = new Float64Array(block.count * logits.count);
    logits.run(block.vectors.subarray(0, block.count * model.dimensions), values);
    windows += block.count;
    for (let at = 0; at < block.count; at++) {
      const id = block.recordings[at] as number;
      if (open?.id !== id) {
        if (open !== undefined) take(open.id, open.stage.flush());
        const site = options.site ?? facts.get(id)?.site;
        open = { id, stage: new HeadStage(kernels, running, heads, [], { ...options, site }) };
      }
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
