import { readHeader } from "../../../../src/audio/aac/index.ts";
import { crc32 } from "../../../../src/audio/mpeg-ts/sections.ts";
import { joinBytes } from "../../../../src/join.ts";

const [MAP_PID, AUDIO_PID] = [0x1000, 0x100];

export interface TsOptions {
  /** Frames in a PES packet. */
  readonly framesPerPes?: number;
  /** PTS of the first one, in ticks of 90 kHz; -1 for no time stamps. */
  readonly firstPts?: number;
  /** stream_type of each stream of the programme; the first one is the audio. */
  readonly types?: readonly number[];
  readonly counter?: number;
}

/** An MPEG transport stream of ADTS frames, tables first, as ISO/IEC 13818-1 has it. */
export function transportStream(adts: Uint8Array, options: TsOptions = {}): Uint8Array<ArrayBuffer> {
  const { framesPerPes = 4, firstPts = 126_000, types = [0x0f], counter = 0 } = options;
  const tables = [
    ...packetise(0, section(0x00, [0, 1, 0xe0 | (MAP_PID >> 8), MAP_PID & 255]), 0),
    ...packetise(MAP_PID, section(0x02, map(types)), 0),
  ];
  const packets: Uint8Array[] = [];
  const frames = split(adts);
  let next = counter;
  for (let at = 0; at < frames.length; at += framesPerPes) {
    // As muxers do it, again and again, for those who come later.
    if ((at / framesPerPes) % 4 === 0) packets.push(...tables);
    const data = joinBytes(frames.slice(at, at + framesPerPes).map(({ bytes }) => bytes));
    const pts =
      firstPts < 0 ? undefined : (firstPts + Math.round((at * 1024 * 90_000) / (frames[0]?.rate ?? 1))) % 2 ** 33;
    const audio = packetise(AUDIO_PID, pes(data, pts), next);
    next += audio.length;
    packets.push(...audio);
  }
  return joinBytes(packets);
}

function split(adts: Uint8Array): { bytes: Uint8Array; rate: number }[] {
  const frames = [];
  for (let at = 0; at < adts.length; ) {
    const header = readHeader((place) => adts[at + place] ?? 0);
    if (header === undefined) throw new Error(`no ADTS header at byte ${at}`);
    frames.push({ bytes: adts.subarray(at, at + header.length), rate: header.rate });
    at += header.length;
  }
  return frames;
}

function map(types: readonly number[]): number[] {
  const streams = types.flatMap((type, i) => [type, 0xe0 | ((AUDIO_PID + i) >> 8), (AUDIO_PID + i) & 255, 0xf0, 0]);
  return [0xe0 | (AUDIO_PID >> 8), AUDIO_PID & 255, 0xf0, 0, ...streams];
}

function section(table: number, body: readonly number[]): Uint8Array {
  const head = [table, 0xb0, 5 + body.length + 4, 0, 1, 0xc1, 0, 0, ...body];
  const crc = crc32(Uint8Array.from(head));
  // A pointer of 0 before the section.
  return Uint8Array.from([0, ...head, crc >>> 24, (crc >> 16) & 255, (crc >> 8) & 255, crc & 255]);
}

function pes(data: Uint8Array, pts: number | undefined): Uint8Array {
  const stamp = pts === undefined ? [] : stampOf(pts);
  const length = 3 + stamp.length + data.length;
  const head = [0, 0, 1, 0xc0, length >> 8, length & 255, 0x80, pts === undefined ? 0 : 0x80, stamp.length, ...stamp];
  return joinBytes([Uint8Array.from(head), data]);
}

function stampOf(pts: number): number[] {
  const high = Math.floor(pts / 2 ** 30);
  return [
    0x21 | (high << 1),
    (pts >>> 22) & 255,
    ((pts >>> 14) & 0xfe) | 1,
    (pts >>> 7) & 255,
    ((pts << 1) & 0xfe) | 1,
  ];
}

/** Packets of 188 bytes; the last one is filled up by an adaptation field, or stuffing after a section. */
function packetise(pid: number, unit: Uint8Array, counter: number): Uint8Array[] {
  const packets = [];
  for (let at = 0; at < unit.length; at += 184) {
    const part = unit.subarray(at, at + 184);
    const packet = new Uint8Array(188).fill(0xff);
    const stuffed = part.length < 184 && pid === AUDIO_PID;
    packet.set([
      0x47,
      (at === 0 ? 0x40 : 0) | (pid >> 8),
      pid & 255,
      (stuffed ? 0x30 : 0x10) | ((counter + packets.length) & 15),
    ]);
    if (stuffed) {
      const fill = 183 - part.length;
      packet[4] = fill;
      if (fill > 0) packet[5] = 0;
      packet.set(part, 5 + fill);
    } else packet.set(part, 4);
    packets.push(packet);
  }
  return packets;
}
