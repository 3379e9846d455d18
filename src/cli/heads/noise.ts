import { Command } from "commander";
import { CollectionFolder, collectionPath } from "../../collection/folder.node.ts";
import type { Collection } from "../../collection/index.ts";
import { OrcaError } from "../../errors.ts";
import {
  type Head,
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
import { notThere } from "../not-there.ts";
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
  return withOptions(command, NOISE, (given: string, read) => markNoise(given, read()));
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
    await knownSite(collection, head, chosen.site);
    const places = await placesAt(collection, chosen.like);
    const marked = await vectorsOf(collection, places.marked);
    const beside = await vectorsOf(collection, places.beside);
    const positives = await vectorsOf(
      collection,
      await positivesOf(
        collection,
        head.classes.map(({ name }) => name),
      ),
    );
    const noise = {
      ...noiseOf(chosen.name, { marked, beside, positives }, dimensions, chosen.site),
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

/** Throws `bad_option` for a site that neither the collection nor the head knows. */
async function knownSite(collection: Collection, head: Head, site: string | undefined): Promise<void> {
  if (site === undefined) return;
  const known = new Set([
    ...(await collection.deployments()).map(({ name }) => name),
    ...Object.keys(head.sites ?? {}),
  ]);
  if (!known.has(site)) throw notThere("deployment", site, [...known], "site");
}

/** Windows that lie in what was named, or are nearest to its moment; and others that overlap these. */
async function placesAt(
  collection: Collection,
  like: readonly string[],
): Promise<Record<"marked" | "beside", number[]>> {
  if (like.length === 0)
    throw new OrcaError("bad_option", "--like names no place.", {
      field: "like",
      hint: "Like --like site1/a.wav@12.5",
    });
  const marked = new Set<number>();
  const beside = new Set<number>();
  for (const given of like) {
    const [, recording = "", from = "", to] = /^(.+)@(\d+(?:\.\d*)?)(?:-(\d+(?:\.\d*)?))?$/.exec(given) ?? [];
    const wrong = (what: string) => new OrcaError("bad_option", `--like ${given}: ${what}.`, { field: "like" });
    if (recording === "") throw wrong("it is not RECORDING@SECONDS");
    const windows: { id: number; start: number; end: number }[] = [];
    for await (const block of collection.blocks({ filter: { recordings: [recording] }, vectors: false }))
      for (let at = 0; at < block.count; at++)
        windows.push({ id: block.ids[at] as number, start: block.starts[at] as number, end: block.ends[at] as number });
    const middle = ({ start, end }: (typeof windows)[0]) => (start + end) / 2;
    const moment = Number(from);
    const holding = windows.filter(({ start, end }) => start <= moment && moment < end);
    const found =
      to === undefined
        ? holding.toSorted((a, b) => Math.abs(middle(a) - moment) - Math.abs(middle(b) - moment)).slice(0, 1)
        : windows.filter((window) => middle(window) >= moment && middle(window) <= Number(to));
    if (found.length === 0) throw wrong("the collection has no window there");
    for (const one of found) {
      marked.add(one.id);
      for (const other of windows) if (other.start < one.end && other.end > one.start) beside.add(other.id);
    }
  }
  return { marked: [...marked], beside: [...beside].filter((id) => !marked.has(id)) };
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
