/** From what stands on the command line to the recordings that are meant. */
export { type FindOptions, findRecordings } from "./find.ts";
export type { Elsewhere, Found, LeftOut, Recording } from "./found.ts";
export { ListingKeeper } from "./kept-listing.ts";
export type { Taking } from "./kinds.ts";
export { foundNotes } from "./notes.ts";
export { openRecording } from "./open-recording.ts";
export { findInNode, type NodeRequest } from "./orcasound.ts";
export { STATE_FOLDER } from "./walk.ts";
