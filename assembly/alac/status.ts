/** What `decode` answers; src/audio/alac/alac-units.ts knows the numbers. */

export const OK: i32 = 0;
/** The bits end early. */
export const ENDED: i32 = -1;
/** An element or a header is of a kind that there is not. */
export const BAD_ELEMENT: i32 = -2;
/** It has other channels than the stream. */
export const WRONG_CHANNELS: i32 = -3;
/** It says more samples than a frame may have. */
export const TOO_LONG: i32 = -4;
