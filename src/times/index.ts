/** When a recording was made: pure functions from what it, its name and its sender say to UTC. */
export { GIVEN, givenStart } from "./given-start.ts";
export type { Start } from "./types.ts";
export { utcText } from "./utc-text.ts";
