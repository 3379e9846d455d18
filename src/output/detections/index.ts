/** What was found, as tables, Parquet, JSON and a page to listen through. */
export type { Detection } from "./detection.ts";
export { DETECTION_FORMATS, type DetectionFile, type DetectionFormat, detectionFiles } from "./files.ts";
export { orcahelloCandidate, orcahelloDetections } from "./orcahello.ts";
export { detectionsPage, type Heard } from "./page.ts";
export { parquetDetections } from "./parquet.ts";
export {
  audacityDetections,
  birdnetDetections,
  csvDetections,
  ndjsonDetections,
  ravenDetections,
} from "./tables.ts";
