/** MP4, M4A and QuickTime: ISO base media files with AAC-LC or ALAC. */
export { boxHeader, LONG_BOX_HEADER } from "./boxes.ts";
export { aacConfigIn } from "./descriptors.ts";
export { LONGEST_INDEX, Mp4Decoder } from "./mp4-decoder.ts";
