import { type Annotation, isLabelOf } from "../labels/index.ts";
import { utcText } from "../times/index.ts";
import type { Verdict, WatchEvent } from "./event.ts";

/** What somebody said of an event, as annotations of the recording that its sound is. */
export function annotationsOf(event: WatchEvent, { verdict, label, by, at }: Verdict): Annotation[] {
  const from = event.clipStart ?? event.start;
  const of = {
    recording: event.clip as string,
    start: Math.max(0, (event.start - from) / 1000),
    end: (event.end - from) / 1000,
    by,
    when: utcText(at),
  };
  // What it is called more exactly is what it was taken for, too.
  if (label !== undefined && isLabelOf(label, event.class)) return [{ ...of, label, kind: "positive" }];
  const taken: Annotation = { ...of, label: event.class, kind: verdict === "confirmed" ? "positive" : "negative" };
  return label === undefined ? [taken] : [taken, { ...of, label, kind: "positive" }];
}
