/** What `decode` answers in place of a length; src/audio/flac/flac-frames.ts knows the numbers. */

/** The frame goes on beyond the bytes that are there. */
export const NEEDS_MORE: i32 = 0;
/** No frame header of this stream stands there: RFC 9639, section 9.1. */
export const NO_HEADER: i32 = -1;
/** A subframe or a residual is of a kind that there is not. */
export const BAD_SUBFRAME: i32 = -2;
/** The checksum over the frame is another. */
export const BAD_CHECKSUM: i32 = -3;
