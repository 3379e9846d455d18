/** stream_type of a PMT: ISO/IEC 13818-1, table 2-34, and ATSC's. */
export const ADTS_STREAM = 0x0f;

const NAMES = new Map<number, string>([
  [0x01, "MPEG-1 video"],
  [0x02, "MPEG-2 video"],
  [0x03, "MPEG-1 audio (MP2, MP3)"],
  [0x04, "MPEG-2 audio (MP2, MP3)"],
  [0x06, "private data (AC-3, Opus, subtitles)"],
  [ADTS_STREAM, "AAC (ADTS)"],
  [0x11, "AAC (LATM)"],
  [0x15, "timed metadata"],
  [0x1b, "H.264 video"],
  [0x24, "H.265 video"],
  [0x81, "AC-3 audio"],
  [0x87, "E-AC-3 audio"],
]);

export function streamName(type: number): string {
  return NAMES.get(type) ?? `stream type 0x${type.toString(16).padStart(2, "0")}`;
}
