import type { Collection } from "../../collection/index.ts";
import { counted } from "../../counted.ts";
import { OrcaError } from "../../errors.ts";
import { bandsOf, type CallDensity, callDensity, type LoadedHead, labelFor, UNKNOWN } from "../../heads/index.ts";
import { type Annotation, byRecording } from "../../labels/index.ts";
import { printNote } from "../print.ts";
import { scoredWindows } from "./scored.ts";

/**
 * How many windows hold a call of each class, by the labels that one person gave to windows drawn at random from bands; a class
 * of which none was labelled is left out, in a note.
 */
export async function auditOf(
  collection: Collection,
  kernels: WebAssembly.Module,
  loaded: LoadedHead,
  by: string,
): Promise<Record<string, CallDensity>> {
  const annotations: Annotation[] = [];
  for await (const annotation of collection.annotations({ by })) annotations.push(annotation);
  if (annotations.length === 0) {
    throw new OrcaError("bad_option", `Nobody called ${by} has labelled anything here.`, {
      field: "audit",
      hint: "Draw windows with orca-embed next --by bands, label them, and take them in with orca-embed label --by NAME.",
    });
  }
  const index = byRecording(annotations);
  const result: Record<string, CallDensity> = {};
  for (const { name } of loaded.head.classes) {
    const windows = await scoredWindows(collection, kernels, loaded, name);
    const probabilities = windows.map(({ probability }) => probability);
    const bands = bandsOf(probabilities, [...windows.keys()]).map((band) => {
      const labels = band.map((at) => {
        const window = windows[at] as (typeof windows)[0];
        // A label of an audit is of one window, which it names by its bounds: neighbours overlap it too.
        const over = (index.get(window.recording)?.in(window) ?? []).filter(
          ({ start, end }) => Math.abs(start - window.start) < 0.01 && Math.abs(end - window.end) < 0.01,
        );
        return over.length === 0 ? UNKNOWN : labelFor(name, over);
      });
      const heard = labels.filter((label) => label !== UNKNOWN);
      return { windows: band.length, heard: heard.length, positive: heard.filter((label) => label === 1).length };
    });
    if (bands.some(({ heard }) => heard > 0)) result[name] = callDensity(bands);
    else
      printNote(
        `${by} has labelled no window of an audit: none of ${counted(annotations.length, "label")} has the bounds of a window and says whether ${JSON.stringify(name)} is in it. Draw windows with orca-embed next --by bands, fill in ${name} and its kind (positive or negative), and take the table in with orca-embed label --import.`,
      );
  }
  return result;
}
