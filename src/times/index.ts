/** When a recording was made: pure functions from what it, its name and its sender say to UTC. */
export { claimed } from "./claims.ts";
export { GIVEN, givenStart } from "./given-start.ts";
export { isoTime, stampUtc } from "./iso-time.ts";
export { type Break, RecordingClock } from "./recording-clock.ts";
export { type Known, startOfName, type Times, timesOf } from "./start-of.ts";
export type { AudioFacts, MetadataBlock, Recorder, Start, Stretch, TimeFinding } from "./types.ts";
export { utcText } from "./utc-text.ts";
export { FARTHEST_ZONE, type Zone, zoneMinutes, zoneOf, zoneText } from "./zone.ts";
