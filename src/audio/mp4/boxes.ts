/** Boxes of the ISO base media file format: ISO/IEC 14496-12:2015, 4.2. */
export interface Box {
  readonly type: string;
  /** Its contents, as offsets in the bytes that it was found in. */
  readonly start: number;
  readonly end: number;
}

export const BOX_HEADER = 8;
export const LONG_BOX_HEADER = 16;

/** A box's type, its header's length and its whole size; undefined where more bytes are needed. Size 0: up to the end. */
export function boxHeader(
  bytes: Uint8Array,
  at: number,
): { readonly type: string; readonly header: number; readonly size: number } | undefined {
  if (at + BOX_HEADER > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
  const size = view.getUint32(at);
  if (size !== 1) return { type, header: BOX_HEADER, size: size === 0 ? Number.POSITIVE_INFINITY : size };
  if (at + LONG_BOX_HEADER > bytes.length) return undefined;
  return { type, header: LONG_BOX_HEADER, size: Number(view.getBigUint64(at + 8)) };
}

/** Boxes in a row that are looked at: no file has so many in its index. */
const MOST_BOXES = 10_000;

/** The boxes that stand in a row from `start` to `end`; ends early where one does not fit. */
export function* boxesIn(bytes: Uint8Array, start: number, end: number): Generator<Box> {
  for (let at = start, count = 0; at + BOX_HEADER <= end && count < MOST_BOXES; count++) {
    const head = boxHeader(bytes, at);
    if (head === undefined || head.size < head.header) return;
    const last = Math.min(end, at + head.size);
    yield { type: head.type, start: at + head.header, end: last };
    at = last;
  }
}

/** The first box by a path of types below `start` to `end`. */
export function findBox(bytes: Uint8Array, within: Omit<Box, "type">, ...path: readonly string[]): Box | undefined {
  const [type, ...rest] = path;
  for (const box of boxesIn(bytes, within.start, within.end)) {
    if (box.type === type) return rest.length === 0 ? box : findBox(bytes, box, ...rest);
  }
  return undefined;
}
