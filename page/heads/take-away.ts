import type { Detection } from "../../src/output/detections/detection.ts";
import type { DetectionFormat } from "../../src/output/detections/files.ts";
import type { HeadWork } from "../pipeline/head-work.ts";
import type { Detector } from "./detector.ts";

/** Those of `orca-embed detect`, but for Parquet: its writer alone is 17 KB. */
export type EventFormat = Exclude<DetectionFormat, "parquet">;

/** The formats by their names, in the order in which they are offered. */
export const EVENT_FORMATS: Readonly<Record<EventFormat, string>> = {
  raven: "Raven selection table",
  audacity: "Audacity label tracks",
  birdnet: "BirdNET table",
  csv: "CSV",
  ndjson: "NDJSON",
  orcahello: "OrcaHello",
  html: "A page to read",
};

/** Events of all classes, by recordings and then by time, without those that were rejected; and how many these are. */
export function detectionsOf(detector: Detector): { readonly detections: Detection[]; readonly rejected: number } {
  const { head } = detector;
  if (head === undefined) return { detections: [], rejected: 0 };
  const all = head.classes.flatMap((_, k) => detector.events(k));
  const kept = all.filter((event) => detector.verdict(event) !== false);
  const places = new Map([...new Set(all.map(({ recording }) => recording))].map((one, at) => [one, at]));
  const place = (event: (typeof all)[number]) => places.get(event.recording) ?? 0;
  kept.sort((a, b) => place(a) - place(b) || a.start - b.start || a.class - b.class);
  const detections = kept.map(({ recording, result, start, end, peak, peakStart, mean, windows, class: k }) => {
    const one = head.classes[k];
    return {
      recording: recording.name,
      path: recording.name,
      site: "",
      start,
      end,
      utc: recording.start === undefined ? undefined : recording.start.getTime() + 1000 * start,
      head: head.id,
      class: one?.name ?? "",
      peak,
      peakStart,
      mean,
      windows,
      low: one?.low ?? 0,
      high: one?.high ?? (result.header.rate ?? recording.sound?.rate ?? 48_000) / 2,
      model: head.model,
    };
  });
  return { detections, rejected: all.length - kept.length };
}

/** The file of a format: made in a worker, by the writers of the command line. */
export async function eventsFile(
  detections: readonly Detection[],
  format: EventFormat,
  head: string,
  work: HeadWork,
): Promise<{ readonly blob: Blob; readonly name: string }> {
  const { name, bytes } = await work.write({ list: detections, format, heads: head });
  return { blob: new Blob([bytes]), name };
}
