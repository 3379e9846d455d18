/** Collections: recordings, their windows and what people say about them, in hoplite's form. It knows no runtime. */
export { codesOf, completeCodes } from "./codes.ts";
export { DurableSqlite, type ObjectStorage } from "./durable-sqlite.ts";
export { exampleWindows, vectorsOf } from "./examples.ts";
export { type Placing, placedFacts, recordingFacts, withoutKnownTime } from "./facts.ts";
export { LARGEST_FLOAT16 } from "./float16.ts";
export { type HopliteFile, hopliteFiles } from "./hoplite-files.ts";
export { checkSameModel, collectionModel, highestHeard, madeBy, modelDifference } from "./provenance.ts";
export { type HopliteBytes, type HopliteContent, readHoplite } from "./read-hoplite.ts";
export type { AudioSource } from "./schema.ts";
export { CODED_FROM, type Result, type SearchRequest, searchCollection } from "./search.ts";
export type { Sql, SqlRow, SqlValue } from "./sql.ts";
export { SqlCollection, type SqlCollectionOptions } from "./sql-collection.ts";
export type {
  AnnotationFilter,
  BlockOptions,
  Collection,
  CollectionModel,
  Counts,
  Deployment,
  Made,
  NewWindow,
  RecordingFacts,
  StoredAnnotation,
  StoredRecording,
  WindowBlock,
  WindowFilter,
  WritableCollection,
} from "./types.ts";
export { windowRow, windowRowBytes, windowsOfRows } from "./window-rows.ts";
