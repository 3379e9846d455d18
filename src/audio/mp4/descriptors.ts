const ES = 3;
const DECODER_CONFIG = 4;
const DECODER_SPECIFIC = 5;

/** MPEG-4 audio and the MPEG-2 AAC profiles, as objectTypeIndication: ISO/IEC 14496-1:2010, table 5. */
const AAC_TYPES = [0x40, 0x66, 0x67, 0x68];

/**
 * Where AudioSpecificConfig stands in the descriptors of an esds box or a CAF cookie: ISO/IEC 14496-1:2010, 7.2.6.
 * @returns undefined where there is none; `type` of what is no AAC
 */
export function aacConfigIn(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly start: number; readonly end: number } | { readonly type: number } | undefined {
  for (let at = start; at < end; ) {
    const tag = bytes[at++];
    let size = 0;
    for (let more = true, count = 0; more && count < 4 && at < end; count++) {
      const part = bytes[at++] ?? 0;
      size = size * 128 + (part & 127);
      more = part >= 128;
    }
    if (tag === ES) {
      const flags = bytes[at + 2] ?? 0;
      at += 3 + (flags & 0x80 ? 2 : 0) + (flags & 0x20 ? 2 : 0);
      if (flags & 0x40) at += 1 + (bytes[at] ?? 0);
    } else if (tag === DECODER_CONFIG) {
      const type = bytes[at] ?? 0;
      if (!AAC_TYPES.includes(type)) return { type };
      at += 13;
    } else if (tag === DECODER_SPECIFIC) return { start: at, end: Math.min(end, at + size) };
    else at += size;
  }
  return undefined;
}
