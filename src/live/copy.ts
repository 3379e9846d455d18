import type { MediaPlaylist, Segment } from "./playlist.ts";

/** One copy of a playlist. */
export interface Copy {
  readonly playlist: MediaPlaylist;
  /** When it was fetched, ms since 1970. */
  readonly listed: number;
  /** Its Last-Modified, ms since 1970. */
  readonly modified: number | undefined;
}

/** What a playlist has that was not there before. */
export interface News {
  readonly segments: readonly Segment[];
  /** Segments that left the playlist unread, and their length: by the dates around them, else by the others' mean. */
  readonly missed?: { readonly count: number; readonly seconds: number };
  /** The numbers began anew, under the same address; `seconds` lie between, where dates tell. */
  readonly restarted?: { readonly seconds: number | undefined };
  /** Whether the first segment is the one that an earlier run was to go on with. */
  readonly resumed?: boolean;
}
