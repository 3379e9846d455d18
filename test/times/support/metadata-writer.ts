/** Metadata as recorders write it, for tests. */
import { joinBytes } from "../../../src/join.ts";
import type { MetadataBlock } from "../../../src/times/index.ts";
import { chunk, latin } from "../../support/wav.ts";

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export const block = (kind: MetadataBlock["kind"], bytes: Uint8Array, cut = false): MetadataBlock => ({
  kind,
  bytes,
  cut,
});

/** A bext chunk's contents: EBU Tech 3285. */
export function bext(date: string, time: string, samples = 0): Uint8Array {
  const bytes = new Uint8Array(602);
  bytes.set(latin("a hydrophone"), 0);
  bytes.set(latin(date), 320);
  bytes.set(latin(time), 330);
  const view = new DataView(bytes.buffer);
  view.setUint32(338, samples >>> 0, true);
  view.setUint32(342, Math.floor(samples / 2 ** 32), true);
  return bytes;
}

/** A LIST chunk's contents of type INFO. */
export function info(entries: Readonly<Record<string, string>>): Uint8Array {
  return joinBytes([latin("INFO"), ...Object.entries(entries).map(([id, text]) => chunk(id, latin(`${text}\0`)))]);
}

export interface RawFileFields {
  /** [year, month, day, hour, minute, second, milliseconds] */
  readonly at: readonly [number, number, number, number, number, number, number];
  readonly bytes: number;
  readonly rate: number;
}

/** A harp chunk's contents: Triton's rdxwavhd.m. @param version  the number, or the digit as some write it */
export function harp(files: readonly RawFileFields[], { version = 1, channels = 1, dataStart = 0 } = {}): Uint8Array {
  const more = version % 48 === 2 ? 4 * channels : 0;
  const bytes = new Uint8Array(56 + more + files.length * (32 + more));
  const view = new DataView(bytes.buffer);
  view.setUint8(0, version);
  bytes.set(latin("V2.02S"), 1);
  bytes.set(latin("DL37"), 11);
  bytes.set(latin("H"), 15);
  bytes.set(latin("SOCAL"), 19);
  view.setUint16(36, files.length, true);
  view.setInt32(38, -11_912_345, true);
  view.setInt32(42, 3_284_321, true);
  view.setInt16(46, 1000, true);
  let location = dataStart;
  for (const [index, { at, bytes: length, rate }] of files.entries()) {
    const place = 56 + more + index * (32 + more);
    const [year, ...rest] = at;
    bytes.set([year - 2000, ...rest.slice(0, 5)], place);
    view.setUint16(place + 6, at[6], true);
    view.setUint32(place + 8, location, true);
    view.setUint32(place + 12, length, true);
    view.setUint32(place + 20, rate, true);
    view.setUint8(place + 24, 1);
    location += length;
  }
  return bytes;
}

/** Vorbis comments without the framing bit. */
export function vorbisComment(comments: readonly string[]): Uint8Array {
  const sized = (text: string) => {
    const bytes = utf8(text);
    const size = new DataView(new ArrayBuffer(4));
    size.setUint32(0, bytes.length, true);
    return joinBytes([new Uint8Array(size.buffer), bytes]);
  };
  const count = new DataView(new ArrayBuffer(4));
  count.setUint32(0, comments.length, true);
  return joinBytes([sized("a recorder"), new Uint8Array(count.buffer), ...comments.map(sized)]);
}

/** A wamd chunk's contents: entries of a number and text. */
export function wamd(entries: readonly (readonly [id: number, text: string])[]): Uint8Array {
  return joinBytes(
    entries.map(([id, text]) => {
      const value = utf8(text);
      const head = new DataView(new ArrayBuffer(6));
      head.setUint16(0, id, true);
      head.setUint32(2, value.length, true);
      return joinBytes([new Uint8Array(head.buffer), value]);
    }),
  );
}
