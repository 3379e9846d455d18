/** The sampling rate's tables: one stream has one rate. */

import { LONG_BANDS, SHORT_BANDS, TNS_LONG, TNS_SHORT } from "./bands";

let index: i32 = 3;

/** @param samplingFrequencyIndex  0 to 12 */
export function setRate(samplingFrequencyIndex: i32): void {
  index = samplingFrequencyIndex;
}

/** int32: the first line of each band, and the end of the last. */
export function bandOffsets(short: bool): usize {
  return short ? unchecked(SHORT_BANDS[index]).dataStart : unchecked(LONG_BANDS[index]).dataStart;
}

export function bandCount(short: bool): i32 {
  return (short ? unchecked(SHORT_BANDS[index]) : unchecked(LONG_BANDS[index])).length - 1;
}

/** TNS_MAX_BANDS. */
export function tnsBands(short: bool): i32 {
  return short ? unchecked(TNS_SHORT[index]) : unchecked(TNS_LONG[index]);
}
