/** The published files from where they are published, or from a mirror, into a cache on this machine. */
export { HASTY, PATIENT, type Patience } from "./attempt.ts";
export { type CachedFile, defaultCache, discard, type Fetching, fetchPublished } from "./cache.ts";
