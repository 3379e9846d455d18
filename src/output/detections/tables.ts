import { csvRow, RAVEN_COLUMNS, ravenRow } from "../../labels/index.ts";
import type { Detection } from "./detection.ts";

const seconds = (value: number) => Math.round(value * 1e6) / 1e6;
const shown = (probability: number) => probability.toFixed(4);
const utcOf = ({ utc }: Detection) => (utc === undefined ? "" : new Date(utc).toISOString());

/** One Raven selection table for all recordings, each event with its own bounds. */
export function* ravenDetections(detections: Iterable<Detection>): Generator<string> {
  yield ravenRow([...RAVEN_COLUMNS, "Class", "Score", "Mean Score", "Windows", "Head", "Site", "UTC"]);
  let selection = 0;
  for (const one of detections) {
    const { path, start, end, low, high } = one;
    const name = path.slice(path.search(/[^/\\]*$/));
    const first = [
      ++selection,
      "Spectrogram 1",
      1,
      seconds(start),
      seconds(end),
      low,
      high,
      name,
      path,
      seconds(start),
    ];
    yield ravenRow([
      ...first,
      one.class,
      shown(one.peak),
      shown(one.mean),
      one.windows,
      one.head,
      one.site,
      utcOf(one),
    ]);
  }
}

/** BirdNET-Analyzer's table of results. */
export function* birdnetDetections(detections: Iterable<Detection>): Generator<string> {
  yield csvRow(["Start (s)", "End (s)", "Scientific name", "Common name", "Confidence", "File"]);
  for (const one of detections)
    yield csvRow([seconds(one.start), seconds(one.end), one.class, one.class, shown(one.peak), one.path]);
}

/** All that is known, as CSV: it is read back as a table of labels too. */
export function* csvDetections(detections: Iterable<Detection>): Generator<string> {
  const columns = [
    "file",
    "start",
    "end",
    "label",
    "score",
    "mean_score",
    "windows",
    "head",
    "site",
    "utc",
    "low_hz",
    "high_hz",
  ];
  yield csvRow(columns);
  for (const one of detections) {
    const { recording, start, end, peak, mean, windows, head, site, low, high } = one;
    yield csvRow([
      recording,
      seconds(start),
      seconds(end),
      one.class,
      shown(peak),
      shown(mean),
      windows,
      head,
      site,
      utcOf(one),
      low,
      high,
    ]);
  }
}

/** A label track of Audacity's, of one recording: its manual, "Importing and Exporting Labels". */
export function* audacityDetections(detections: Iterable<Detection>): Generator<string> {
  for (const { start, end, low, high, class: name } of detections) {
    // The class alone: it comes back as a label.
    yield ravenRow([seconds(start), seconds(end), name]);
    yield ravenRow(["\\", low, high]);
  }
}

export function* ndjsonDetections(detections: Iterable<Detection>): Generator<string> {
  for (const one of detections) {
    const { utc: _, ...rest } = one;
    yield `${JSON.stringify({ type: "detection", ...rest, ...(one.utc === undefined ? {} : { utc: utcOf(one) }) })}\n`;
  }
}
