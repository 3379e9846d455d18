import type { Detection } from "./detection.ts";
import { orcahelloDetections } from "./orcahello.ts";
import { audacityDetections, birdnetDetections, csvDetections, ndjsonDetections, ravenDetections } from "./tables.ts";

/** What detections are written as. */
export const DETECTION_FORMATS = [
  "raven",
  "audacity",
  "birdnet",
  "csv",
  "ndjson",
  "parquet",
  "orcahello",
  "html",
] as const;
export type DetectionFormat = (typeof DETECTION_FORMATS)[number];

export interface DetectionFile {
  /** Below the folder of results. */
  readonly name: string;
  readonly pieces: Iterable<string | Uint8Array>;
}

/**
 * The files of a format; none for `html`, which is made with what is heard, and `parquet`, whose writer the page does without. A
 * label track is of one recording, so there is one for each.
 * @param heads  the heads' names
 */
export function detectionFiles(
  detections: readonly Detection[],
  format: DetectionFormat,
  heads: string,
): readonly DetectionFile[] {
  switch (format) {
    case "raven":
      return [{ name: "detections.selections.txt", pieces: ravenDetections(detections) }];
    case "birdnet":
      return [{ name: "detections.birdnet.csv", pieces: birdnetDetections(detections) }];
    case "csv":
      return [{ name: "detections.csv", pieces: csvDetections(detections) }];
    case "ndjson":
      return [{ name: "detections.ndjson", pieces: ndjsonDetections(detections) }];
    case "orcahello":
      return [{ name: "detections.orcahello.json", pieces: [orcahelloDetections(detections, heads)] }];
    case "audacity":
      return [...new Set(detections.map(({ recording }) => recording))].map((recording) => ({
        name: `${recording}.labels.txt`,
        pieces: audacityDetections(detections.filter((one) => one.recording === recording)),
      }));
    case "parquet":
    case "html":
      return [];
  }
}
