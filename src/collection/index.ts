/** Collections: recordings, their windows and what people say about them, in hoplite's form. It knows no runtime. */
export { codesOf } from "./codes.ts";
export { LARGEST_FLOAT16 } from "./float16.ts";
export { checkSameModel, collectionModel, madeBy, modelDifference } from "./provenance.ts";
export type { AudioSource } from "./schema.ts";
export { type Result, type SearchRequest, searchCollection } from "./search.ts";
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
