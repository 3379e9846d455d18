import { Command } from "commander";
import { CollectionFolder, collectionPath } from "../../collection/folder.node.ts";
import { type Collection, highestHeard } from "../../collection/index.ts";
import { OrcaError } from "../../errors.ts";
import { diverse, fromBands, uncertain } from "../../heads/index.ts";
import { annotationLines, byRecording } from "../../labels/index.ts";
import type { ValuesOf } from "../../options/index.ts";
import { kernelsModule } from "../../runtime.node.ts";
import { withOptions } from "../options.ts";
import { printTable } from "../print.ts";
import { loadHead } from "./chosen.ts";
import { modelOf } from "./judge.ts";
import { NEXT } from "./options.ts";
import { type ScoredPlace, scoredWindows } from "./scored.ts";
import { save } from "./train.ts";

export function nextCommand(): Command {
  const command = new Command("next")
    .description("What to hear and label next, so that a head learns most from it.")
    .argument("<collection>", "a folder that orca-embed collect, or perch-hoplite, wrote");
  return withOptions(command, NEXT, (given: string, read) => nextWindows(given, read()));
}

async function nextWindows(given: string, chosen: ValuesOf<typeof NEXT>): Promise<void> {
  const [file, ...more] = chosen.head ?? [];
  if (file === undefined || more.length > 0)
    throw new OrcaError("bad_option", "next takes one head.", { field: "head", hint: "Give one --head FILE." });
  const loaded = await loadHead(file);
  const { classes } = loaded.head;
  const one = chosen.class === undefined ? classes[0] : classes.find(({ name }) => name === chosen.class);
  if (one === undefined) {
    throw new OrcaError("bad_option", `The head has no class ${chosen.class}.`, {
      field: "class",
      hint: `It has ${classes.map(({ name }) => name).join(", ")}.`,
    });
  }
  const folder = await CollectionFolder.open(await collectionPath(given, chosen.model ?? modelOf([loaded])));
  try {
    const { collection } = folder;
    const windows = await scoredWindows(collection, await kernelsModule(), loaded, one.name);
    const annotations = [];
    for await (const annotation of collection.annotations()) annotations.push(annotation);
    const index = byRecording(annotations);
    const isFree = (window: ScoredPlace) => (index.get(window.recording)?.in(window) ?? []).length === 0;
    const free = [...windows.keys()].filter((at) => isFree(windows[at] as ScoredPlace));
    const probabilities = windows.map(({ probability }) => probability);
    const picked =
      chosen.by === "uncertain"
        ? uncertain(probabilities, one.threshold, free, chosen.top)
        : chosen.by === "bands"
          ? fromBands(probabilities, free, chosen.top)
          : await farthest(collection, windows, free, chosen.top);
    const rows = picked.map((at) => {
      const { recording, start, end, probability } = windows[at] as ScoredPlace;
      const note = `${one.name} ${probability.toFixed(3)}`;
      return { recording, start, end, label: "", kind: "" as const, by: "", note };
    });
    const base = folder.audioSources().at(-1)?.base ?? "";
    const highest = highestHeard(collection.model);
    const place = (name: string) => ({ path: `${base}${base === "" ? "" : "/"}${name}`, highest });
    const text = [...annotationLines(rows, chosen.format, place)].join("");
    if (chosen.out === undefined) printTable(text);
    else await save(chosen.out, text);
  } finally {
    folder.close();
  }
}

/** Windows that are compared at most: an even share of more. */
const MOST = 20_000;

async function farthest(
  collection: Collection,
  windows: readonly ScoredPlace[],
  free: readonly number[],
  count: number,
): Promise<number[]> {
  const share = (list: readonly number[], most: number) => {
    const step = Math.max(1, Math.ceil(list.length / most));
    return list.filter((_, i) => i % step === 0);
  };
  const taken = new Set(free);
  const candidates = share(free, MOST);
  const labelled = share(
    [...windows.keys()].filter((at) => !taken.has(at)),
    2000,
  );
  const vectors = async (list: readonly number[]) =>
    (await collection.windows(list.map((at) => (windows[at] as ScoredPlace).id))).vectors;
  const places = diverse(await vectors(candidates), await vectors(labelled), collection.model.dimensions, count);
  return places.map((at) => candidates[at] as number);
}
