import { checksum } from "../../../src/audio/ogg/pages.ts";
import { joinBytes } from "../../../src/join.ts";
import { latin } from "../../support/wav.ts";

/** The pages of an Ogg file. */
export function oggPages(file: Uint8Array): Uint8Array[] {
  const pages: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const segments = file[at + 26] as number;
    const body = file.subarray(at + 27, at + 27 + segments).reduce((sum, size) => sum + size, 0);
    pages.push(file.subarray(at, at + 27 + segments + body));
    at += 27 + segments + body;
  }
  return pages;
}

/** A page with one short packet. */
export function oggPage(packet: Uint8Array, { flags = 2, serial = 77, sequence = 0 } = {}): Uint8Array {
  const head = new DataView(new ArrayBuffer(28));
  new Uint8Array(head.buffer).set(latin("OggS"));
  head.setUint8(5, flags);
  head.setUint32(14, serial, true);
  head.setUint32(18, sequence, true);
  head.setUint8(26, 1);
  head.setUint8(27, packet.length);
  const page = joinBytes([new Uint8Array(head.buffer), packet]);
  new DataView(page.buffer).setUint32(22, checksum(page), true);
  return page;
}
