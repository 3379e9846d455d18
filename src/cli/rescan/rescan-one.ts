import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { OrcaError, writingInto } from "../../errors.ts";
import type { LoadedHead } from "../../heads/index.ts";
import { makeFolder } from "../../make-folder.node.ts";
import { isRemote } from "../../remote/index.ts";
import type { Runtime } from "../../runtime.node.ts";
import { VERSION } from "../../version.ts";
import { Draft } from "../draft.ts";
import { fitsItsDisk, type Outcome, type Progress, type Setup, type Task, wholePath } from "../extract/extract-one.ts";
import { resultName } from "../extract/formats.ts";
import { chosenHeads } from "../heads/chosen.ts";
import { EventFinder } from "../heads/detections.ts";
import { remoteClient } from "../remote-options.ts";
import { isTable, TABLES } from "./event-tables.ts";
import { openStored } from "./open-stored.ts";
import type { StoredRecordings } from "./stored.ts";

/** Runs heads over the embeddings of one file or collection: their events go to a table, which appears when it is whole. Throws OrcaError. */
export async function rescanOne(task: Task, setup: Setup, { kernels }: Runtime, progress: Progress): Promise<Outcome> {
  const { name, path, model, recording } = task;
  const { out, drafts = tmpdir(), headFiles } = setup;
  const tables = task.formats.filter(isTable);
  const targets = tables.map((format) =>
    isRemote(out) ? wholePath(setup, task, format) : join(out, resultName(name, model, format)),
  );
  await Promise.all(targets.map(fitsItsDisk));
  if (headFiles === undefined) throw new OrcaError("internal", "There are no heads to run.");
  const heads = await chosenHeads(headFiles);
  const client = remoteClient(setup.remote);
  const stored = await openStored(path, recording?.elsewhere?.parts[0], client, drafts);
  const made: Draft[] = [];
  try {
    const began = performance.now();
    const fitting = heads.trained.filter(({ head }) => isFor(head.model.id, stored));
    if (fitting.length === 0) throw ofAnother(stored, heads.trained);
    const finder = new EventFinder(
      kernels,
      stored.model,
      fitting,
      heads,
      (id) => stored.place(id),
      (recorded) => recorded,
    );
    for (const [at, target] of targets.entries()) {
      const draft = join(drafts, `${task.id}.${tables[at]}`);
      await writingInto(dirname(target), () => makeFolder(dirname(draft)));
      made.push(new Draft(target, `${draft}.part`));
    }
    let [events, windows, seconds] = [0, 0, 0];
    const write = async (detections: ReturnType<EventFinder["flush"]>) => {
      events += detections.length;
      for (const [at, file] of made.entries()) {
        const { row } = TABLES[tables[at] ?? "csv"];
        for (const detection of detections) await file.write(row(detection));
      }
    };
    for (const [at, file] of made.entries()) await file.write(TABLES[tables[at] ?? "csv"].head);
    let [recorded, reached] = [-1, 0];
    for await (const block of stored.blocks((count) => finder.room(count))) {
      windows += block.count;
      await write(finder.push(block));
      for (let at = 0; at < block.count; at++) {
        if (block.recordings[at] !== recorded) {
          recorded = block.recordings[at] as number;
          reached = 0;
        }
        const end = block.ends[at] as number;
        seconds += Math.max(0, end - reached);
        reached = Math.max(reached, end);
      }
      progress(seconds, undefined);
    }
    await write(finder.flush());
    for (const file of made) await file.keep();
    const took = (performance.now() - began) / 1000;
    return { version: VERSION, engine: "heads", windows, seconds, took, findings: [], events };
  } catch (thrown) {
    for (const file of made) await file.drop();
    throw thrown;
  } finally {
    stored.close();
  }
}

const isFor = (head: string, { model }: StoredRecordings) =>
  head === "unknown" || model.id === "unknown" || head === model.id;

function ofAnother({ model }: StoredRecordings, heads: readonly LoadedHead[]): OrcaError {
  const ids = [...new Set(heads.map(({ head }) => head.model.id))].join(", ");
  return new OrcaError("bad_option", `They are embeddings of ${model.id}, and the heads are for ${ids}.`, {
    field: "head",
    hint: "Give the folder or the names of embeddings of one model.",
  });
}
