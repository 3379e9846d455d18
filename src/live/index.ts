/** Live hydrophones: playlists followed, segments fetched once and in order, stretches of audio embedded, gaps named. */
export { liveSource } from "./addresses.ts";
export { realClock } from "./clock.ts";
export { embedLive } from "./embedding.ts";
export { follow } from "./follow.ts";
export { type Hydrophone, hydrophoneFields, hydrophonesFrom, isHydrophoneName, ofOneAddress } from "./hydrophones.ts";
export { Inspector } from "./inspecting.ts";
export { Listening, type Wanted } from "./listening.ts";
export { type MediaPlaylist, readPlaylist } from "./playlist.ts";
export { PushedSound, type Sending } from "./pushed.ts";
export { DRIFT, folderStart, SegmentStarts } from "./segment-starts.ts";
export { SharedFiles } from "./shared-files.ts";
export { type Heard, SharedRecords } from "./shared-records.ts";
export type { Clock, FollowOptions, LiveEvent, LiveSource, Place, PushedFormat, Resuming } from "./types.ts";
