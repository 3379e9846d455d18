/** What `decode` answers; src/audio/aac/status.ts says each in words. Plain numbers, shared with the tests. */

export const OK = 0;
/** The block's bits ended before its elements did. */
export const ENDED = 1;
/** ms_mask_present is 3. */
export const BAD_MASK = 2;
/** A section uses codebook 12, or reaches beyond the last band. */
export const BAD_SECTION = 3;
/** max_sfb is more than the bands that this rate has. */
export const TOO_MANY_BANDS = 4;
/** A scale factor, noise level or intensity position out of range. */
export const BAD_SCALE_FACTOR = 5;
/** Pulses in a block of short windows, or beyond the spectrum. */
export const BAD_PULSE = 6;
/** A TNS filter of a higher order than LC allows. */
export const BAD_TNS = 7;
/** An escape of more than 12 bits. */
export const BAD_ESCAPE = 8;
/** More channels, or fewer, than announced. */
export const WRONG_CHANNELS = 9;
/** Samples far beyond full scale: damaged bits that happened to parse. */
export const TOO_LOUD = 10;

/** From here on: correct AAC of a kind that is not read. */
export const UNSUPPORTED = 64;
/** predictor_data_present: Main profile prediction or long-term prediction. */
export const PREDICTION = 64;
/** gain_control_data_present: SSR. */
export const GAIN_CONTROL = 65;
/** A coupling channel element. */
export const COUPLING = 66;
/** A programme of more than two full channels, or its elements are neither mono nor a pair. */
export const MULTICHANNEL = 67;
/** A programme config element names a profile that is not LC. */
export const NOT_LC = 68;
