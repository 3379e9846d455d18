import { Command } from "commander";
import { CollectionFolder, collectionPath } from "../../collection/folder.node.ts";
import type { Collection } from "../../collection/index.ts";
import { asOrcaError, OrcaError } from "../../errors.ts";
import {
  headText,
  Logits,
  labelFor,
  noiseIn,
  noiseOf,
  noisesAt,
  probabilityOf,
  runningClasses,
} from "../../heads/index.ts";
import { byRecording } from "../../labels/index.ts";
import type { ValuesOf } from "../../options/index.ts";
import { kernelsModule } from "../../runtime.node.ts";
import { CANNOT_BEGIN } from "../extract/command.ts";
import { withOptions } from "../options.ts";
import { printLine } from "../print.ts";
import { loadHead } from "./chosen.ts";
import { recordingFacts } from "./collected.ts";
import { modelOf } from "./judge.ts";
import { NOISE } from "./options.ts";
import { save } from "./train.ts";

export function noiseCommand(): Command {
  const command = new Command("noise")
    .description("Marks a noise of a site once: a head passes over whatever sounds like it from then on.")
    .argument("<collection>", "a folder that orca-embed collect, or perch-hoplite, wrote");
  return withOptions(command, NOISE, async (given: string, read) => {
    try {
      await markNoise(given, read());
    } catch (thrown) {
      if (CANNOT_BEGIN.has(asOrcaError(thrown).code)) process.exitCode ??= 2;
      throw thrown;
    }
  });
}

async function markNoise(given: string, chosen: ValuesOf<typeof NOISE>): Promise<void> {
  const [file, ...more] = chosen.head ?? [];
  if (file === undefined || more.length > 0)
    throw new OrcaError("bad_option", "noise takes one head.", { field: "head", hint: "Give one --head FILE." });
  const loaded = await loadHead(file);
  const { head } = loaded;
  const folder = await CollectionFolder.open(await collectionPath(given, chosen.model ?? modelOf([loaded])));
  try {
    const { collection } = folder;
    const { dimensions } = collection.model;
    const marked = await vectorsOf(collection, await windowsAt(collection, chosen.like));
    const positives = await vectorsOf(
      collection,
      await positivesOf(
        collection,
        head.classes.map(({ name }) => name),
      ),
    );
    const noise = {
      ...noiseOf(chosen.name, marked, positives, dimensions, chosen.site),
      marked: new Date().toISOString(),
    };
    const kept = {
      ...head,
      noise: [...head.noise.filter(({ name, site }) => name !== noise.name || site !== noise.site), noise],
    };
    // What it changes here.
    const facts = await recordingFacts(collection);
    const logits = new Logits(await kernelsModule(), [head]);
    let [alarms, passed, alike] = [0, 0, 0];
    for await (const block of collection.blocks()) {
      const values = logits.run(block.vectors);
      for (let at = 0; at < block.count; at++) {
        const site = facts.get(block.recordings[at] as number)?.site;
        const vector = block.vectors.subarray(at * dimensions, (at + 1) * dimensions);
        const is = (chosen.site === undefined || chosen.site === site) && noiseIn(vector, [noise]) !== undefined;
        if (is) alike++;
        const found = runningClasses(head, { site }).some(
          (one, k) => probabilityOf(values[at * logits.count + k] as number, one) >= one.threshold,
        );
        if (!found || noiseIn(vector, noisesAt(head, site)) !== undefined) continue;
        alarms++;
        if (is) passed++;
      }
    }
    await save(chosen.out ?? file, headText(kept));
    printLine(
      `${chosen.out ?? file}: ${noise.name}, cosine ${noise.nearest.toFixed(3)} or more: ${alike} windows sound so. Of ${alarms} windows over the thresholds ${passed} are passed over from now on.`,
    );
  } finally {
    folder.close();
  }
}

/** Windows that lie in what was named, or hold its moment. */
async function windowsAt(collection: Collection, like: readonly string[]): Promise<number[]> {
  if (like.length === 0)
    throw new OrcaError("bad_option", "--like names no place.", {
      field: "like",
      hint: "Like --like site1/a.wav@12.5",
    });
  const ids: number[] = [];
  for (const given of like) {
    const [, recording = "", from = "", to] = /^(.+)@(\d+(?:\.\d*)?)(?:-(\d+(?:\.\d*)?))?$/.exec(given) ?? [];
    const wrong = (what: string) => new OrcaError("bad_option", `--like ${given}: ${what}.`, { field: "like" });
    if (recording === "") throw wrong("it is not RECORDING@SECONDS");
    const start = Number(from);
    const end = to === undefined ? start : Number(to);
    const before = ids.length;
    for await (const block of collection.blocks({ filter: { recordings: [recording] }, vectors: false }))
      for (let at = 0; at < block.count; at++) {
        const [s, e] = [block.starts[at] as number, block.ends[at] as number];
        const middle = (s + e) / 2;
        if (to === undefined ? s <= start && start < e : middle >= start && middle <= end)
          ids.push(block.ids[at] as number);
      }
    if (ids.length === before) throw wrong("the collection has no window there");
  }
  return ids;
}

async function positivesOf(collection: Collection, classes: readonly string[]): Promise<number[]> {
  const annotations = [];
  for await (const annotation of collection.annotations()) annotations.push(annotation);
  const index = byRecording(annotations);
  const facts = await recordingFacts(collection);
  const ids: number[] = [];
  for await (const block of collection.blocks({ vectors: false }))
    for (let at = 0; at < block.count; at++) {
      const window = { start: block.starts[at] as number, end: block.ends[at] as number };
      const over = index.get(facts.get(block.recordings[at] as number)?.name ?? "")?.in(window) ?? [];
      if (classes.some((name) => labelFor(name, over) === 1)) ids.push(block.ids[at] as number);
    }
  return ids;
}

async function vectorsOf(collection: Collection, ids: readonly number[]): Promise<Float32Array> {
  return ids.length === 0 ? new Float32Array(0) : (await collection.windows(ids)).vectors;
}
