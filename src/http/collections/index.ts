/** Collections that are Durable Objects: the object, and what reaches it. */
export { type Answering, collectionAnswer } from "./answers.ts";
export { exportResponse } from "./export.ts";
export { collectionObject } from "./object.ts";
export { COLLECTION_NAME, type CollectionNamespace, CollectionService, noCollections } from "./service.ts";
