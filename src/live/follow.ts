import { followSound } from "./endless/index.ts";
import type { Inspector } from "./inspecting.ts";
import { PlaylistFollower } from "./playlist-follower.ts";
import type { SharedFiles } from "./shared-files.ts";
import type { FollowOptions, LiveEvent, LiveSource } from "./types.ts";

/**
 * Follows a hydrophone until what it publishes ends or `signal` aborts: a node or a playlist as RFC 8216, 6.3.4 has it (a
 * target duration after a change, half of one where nothing has changed, less and less often where requests fail), or sound
 * without an end as it comes; the first answer tells. Throws `live_failed` where it never answers, `playlist_malformed`, and
 * `unsupported_encoding`.
 */
export async function* follow(
  source: LiveSource,
  files: SharedFiles,
  inspector: Inspector,
  options: FollowOptions,
  signal: AbortSignal,
): AsyncGenerator<LiveEvent> {
  try {
    const end = yield* new PlaylistFollower(source, files, inspector, options, signal).run();
    if (end === "sound") yield* followSound(source, files.clock, inspector, signal);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}
