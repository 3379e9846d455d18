import type { Annotation } from "../labels/index.ts";
import { isLabelOf } from "../labels/index.ts";
import { UNKNOWN } from "./examples.ts";

/** Labels that say that none of the classes is heard (BirdNET-Analyzer's names of background). */
const NOTHING: ReadonlySet<string> = new Set(["noise", "other", "background", "silence"]);

/** Whether a label says that nothing is heard: it is rarely a class to look for. */
export const isBackground = (label: string) => NOTHING.has(label);

/**
 * What the labels that overlap a window say of a class: 1 it is heard, 0 it is not, UNKNOWN where they do not tell or
 * contradict each other. Another class that is heard says that this one is not; one above it in the path says nothing.
 */
export function labelFor(name: string, over: readonly Pick<Annotation, "label" | "kind">[]): 0 | 1 | 2 {
  let [heard, absent, unsure] = [false, false, false];
  for (const { label, kind } of over) {
    const [of, above] = [isLabelOf(label, name), isLabelOf(name, label)];
    if (kind === "uncertain") unsure ||= of || above;
    else if (kind === "positive") {
      if (of) heard = true;
      else if (above) unsure = true;
      else absent = true;
    } else if (above) absent = true;
    else if (NOTHING.has(label)) unsure = true;
  }
  // Said to be there and said to be absent by its own name: two people disagree.
  const denied = over.some(({ label, kind }) => kind === "negative" && isLabelOf(name, label));
  if (heard) return denied ? UNKNOWN : 1;
  if (unsure && !denied) return UNKNOWN;
  return absent ? 0 : UNKNOWN;
}
