/** Program-specific information: sections of tables, ISO/IEC 13818-1, 2.4.4. */

/** The largest section of PAT and PMT: 12-bit length of at most 1021, after 3 bytes. */
const LARGEST = 1024;

/** Puts sections together that run over several packets. */
export class SectionReader {
  readonly #bytes = new Uint8Array(LARGEST);
  #have = 0;
  #active = false;

  /** @returns the sections that end in this packet's payload, whose checksum is right */
  *push(payload: Uint8Array, unitStart: boolean): Generator<Uint8Array> {
    if (!unitStart) {
      if (this.#active) yield* this.#take(payload);
      return;
    }
    const pointer = payload[0] ?? 0;
    if (this.#active) yield* this.#take(payload.subarray(1, 1 + pointer));
    this.#active = true;
    this.#have = 0;
    yield* this.#take(payload.subarray(1 + pointer));
  }

  *#take(bytes: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length; ) {
      // Table 0xFF is stuffing to the end of the packet.
      if (this.#have === 0 && bytes[at] === 0xff) {
        this.#active = false;
        return;
      }
      const want = this.#have < 3 ? 3 : this.#length();
      const part = bytes.subarray(at, at + want - this.#have);
      this.#bytes.set(part, this.#have);
      this.#have += part.length;
      at += part.length;
      if (this.#have < 3) continue;
      if (this.#length() > LARGEST) {
        this.#active = false;
        return;
      }
      if (this.#have < this.#length()) continue;
      const section = this.#bytes.slice(0, this.#have);
      this.#have = 0;
      if (crc32(section) === 0) yield section;
    }
  }

  #length(): number {
    return 3 + ((((this.#bytes[1] ?? 0) & 15) << 8) | (this.#bytes[2] ?? 0));
  }
}

/** CRC of polynomial 0x04C11DB7, from all ones, over a section with its checksum: 0 where it is right. Annex A. */
export function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  }
  return crc >>> 0;
}

/** Programme number and the PID of its map, for each programme of a PAT section; undefined for another section. */
export function readPat(section: Uint8Array): { programme: number; pid: number }[] | undefined {
  if (section[0] !== 0x00) return undefined;
  const programmes = [];
  for (let at = 8; at + 4 <= section.length - 4; at += 4) {
    const programme = word(section, at);
    // Number 0 is the network's own table.
    if (programme !== 0) programmes.push({ programme, pid: word(section, at + 2) & 0x1fff });
  }
  return programmes;
}

/** Kind and PID of each stream of a PMT section; undefined for another section. */
export function readPmt(section: Uint8Array): { type: number; pid: number }[] | undefined {
  if (section[0] !== 0x02) return undefined;
  const streams = [];
  const end = section.length - 4;
  for (let at = 12 + (word(section, 10) & 0xfff); at + 5 <= end; ) {
    streams.push({ type: section[at] ?? 0, pid: word(section, at + 1) & 0x1fff });
    at += 5 + (word(section, at + 3) & 0xfff);
  }
  return streams;
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
