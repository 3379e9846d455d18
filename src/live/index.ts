/** Live hydrophones: playlists followed, segments fetched once and in order, stretches of audio embedded, gaps named. */
export { embedLive } from "./embedding.ts";
export { type FollowOptions, follow } from "./follow.ts";
export { type Hydrophone, hydrophonesFrom } from "./hydrophones.ts";
export { Inspector } from "./inspecting.ts";
export { SharedFiles } from "./shared-files.ts";
export type { Clock, LiveEvent, LiveSource } from "./types.ts";
