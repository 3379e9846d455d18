/** The owner of the time stamp in the tag of packed audio: RFC 8216, 3.4. */
const OWNER = "com.apple.streaming.transportStreamTimestamp\0";
const ID3_HEADER = 10;
const FRAME_HEADER = 10;
/** A transport stream's ticks in a second. */
const TICKS = 90_000;

/**
 * When a segment of packed audio begins by its stream's own clock, seconds: a PRIV frame of the ID3 tag in front of it
 * holds 33 bits of ticks in eight bytes. Undefined where the tag says nothing of it.
 */
export function segmentStart(tag: Uint8Array): number | undefined {
  const view = new DataView(tag.buffer, tag.byteOffset, tag.byteLength);
  for (let at = ID3_HEADER; at + FRAME_HEADER <= tag.length; ) {
    const length = view.getUint32(at + 4);
    const [from, to] = [at + FRAME_HEADER, at + FRAME_HEADER + length];
    if (length === 0 || to > tag.length) return undefined;
    const owner = String.fromCharCode(...tag.subarray(from, Math.min(to, from + OWNER.length)));
    if (String.fromCharCode(...tag.subarray(at, at + 4)) === "PRIV" && owner === OWNER && length === OWNER.length + 8) {
      const high = view.getUint32(from + OWNER.length) & 1;
      return (high * 2 ** 32 + view.getUint32(from + OWNER.length + 4)) / TICKS;
    }
    at = to;
  }
  return undefined;
}
