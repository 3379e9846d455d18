/** From what stands on the command line to the recordings that are meant. */
export { type FindOptions, type Found, findRecordings, type LeftOut, type Recording } from "./find.ts";
export { foundNotes } from "./notes.ts";
export { STATE_FOLDER } from "./walk.ts";
