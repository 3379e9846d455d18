/** program_config_element: which elements make up the sound. ISO/IEC 14496-3:2009, 4.4.1.1, table 4.2. */

import { alignBits, flag, overrun, read, skip } from "../bits";
import { ENDED, MULTICHANNEL, NOT_LC, OK } from "./status";

/** Object type of LC, less one. */
const LC: i32 = 1;

/** @returns OK where the programme is LC with one or two channels (and perhaps a low-frequency one), or why not */
export function readProgramme(): i32 {
  skip(4); // element_instance_tag
  const profile = read(2);
  skip(4); // sampling_frequency_index
  const elements = read(4) + read(4) + read(4);
  const lowFrequency = read(2);
  const data = read(3);
  const coupling = read(4);
  if (flag()) skip(4); // mono_mixdown
  if (flag()) skip(4); // stereo_mixdown
  if (flag()) skip(3); // matrix_mixdown
  let channels = 0;
  for (let i = 0; i < elements; i++) {
    channels += flag() ? 2 : 1;
    skip(4);
  }
  skip(lowFrequency * 4 + data * 4 + coupling * 5);
  alignBits();
  skip(read(8) * 8); // comment
  if (overrun()) return ENDED;
  if (profile != LC) return NOT_LC;
  return channels > 2 ? MULTICHANNEL : OK;
}
