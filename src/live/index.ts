/** Live hydrophones: playlists followed, segments fetched once and in order, stretches of audio embedded, gaps named. */
export { liveSource } from "./addresses.ts";
export { embedLive } from "./embedding.ts";
export { follow } from "./follow.ts";
export { type Hydrophone, hydrophonesFrom } from "./hydrophones.ts";
export { Inspector } from "./inspecting.ts";
export { type MediaPlaylist, readPlaylist } from "./playlist.ts";
export { folderStart, SegmentStarts } from "./segment-starts.ts";
export { SharedFiles } from "./shared-files.ts";
export type { Clock, FollowOptions, LiveEvent, LiveSource } from "./types.ts";
