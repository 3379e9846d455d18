/** From what stands on the command line to the recordings that are meant. */
export { type FindOptions, findRecordings } from "./find.ts";
export type { Found, LeftOut, Recording } from "./found.ts";
export { foundNotes } from "./notes.ts";
export { STATE_FOLDER } from "./walk.ts";
