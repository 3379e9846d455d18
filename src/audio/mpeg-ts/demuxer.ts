import { OrcaError } from "../../errors.ts";
import type { FindingLog } from "../finding-log.ts";
import { PACKET_BYTES, PacketReader, type PacketUnit } from "./packets.ts";
import { PesReader } from "./pes.ts";
import { readPat, readPmt, SectionReader } from "./sections.ts";
import { ADTS_STREAM, streamName } from "./stream-types.ts";

/** What the AAC stream gives, in order; `source` is an offset in the file. */
export type TsUnit =
  | { readonly kind: "start"; readonly pts: number | undefined }
  | { readonly kind: "data"; readonly bytes: Uint8Array; readonly source: number }
  /** Bytes are missing. `newClock` says that the time stamps to come have nothing to do with those before. */
  | { readonly kind: "gap"; readonly newClock: boolean };

/** This many packets without a programme map are no transport stream (1.9 MB). */
const PATIENCE = 10_000;
/** This many scrambled packets before any clear one are an encrypted stream. */
const SCRAMBLED = 20;

/** Finds the first AAC stream (ADTS) of the first programme that has one and takes its packets apart. */
export class TsDemuxer {
  readonly #log: FindingLog;
  readonly #packets = new PacketReader();
  readonly #pat = new SectionReader();
  #pmt = new SectionReader();
  readonly #pes = new PesReader();
  /** PIDs of the programmes' maps, and which of them is read. */
  #maps: readonly number[] = [];
  #programme = 0;
  #audioPid: number | undefined;
  #counter: number | undefined;
  /** What the audio's last packet held, and how many bytes. */
  readonly #held = new Uint8Array(PACKET_BYTES);
  #heldBytes = 0;
  /** Where the counter broke off between two PES packets, until the time stamp tells whether anything is missing. */
  #join: { readonly missing: number; readonly source: number } | undefined;
  #count = 0;
  #scrambled = 0;
  #clear = false;
  #skipped = new Set<number>();

  constructor(log: FindingLog) {
    this.#log = log;
  }

  *push(bytes: Uint8Array, source: number): Generator<TsUnit> {
    for (const unit of this.#packets.push(bytes, source)) yield* this.#unit(unit);
  }

  /** Throws where there was no programme with AAC. */
  *flush(end: number): Generator<TsUnit> {
    for (const unit of this.#packets.flush()) yield* this.#unit(unit);
    const { rest } = this.#packets;
    if (rest > 0) {
      const message = `The last transport packet ends after ${rest} of 188 bytes; it was dropped.`;
      this.#log.add({ code: "truncated", message, lost: true, byteOffset: end - rest, count: rest });
    }
    if (this.#audioPid === undefined) throw this.#noMap();
    if (!this.#clear && this.#scrambled > 0) throw encrypted(0);
  }

  *#unit(unit: PacketUnit): Generator<TsUnit> {
    if (unit.kind === "packet") {
      yield* this.#packet(unit.bytes, unit.source);
      return;
    }
    const message = `${unit.length} byte(s) from byte ${unit.source} are of no transport packet.`;
    const lost = this.#count > 0;
    this.#log.add({ code: "lost_sync", message, lost, byteOffset: unit.source, count: unit.length });
    if (lost) yield* this.#gap(false);
  }

  *#packet(packet: Uint8Array, source: number): Generator<TsUnit> {
    this.#count++;
    const [, b1 = 0, b2 = 0, b3 = 0, adaptationLength = 0, adaptationFlags = 0] = packet;
    const pid = ((b1 & 0x1f) << 8) | b2;
    // transport_error_indicator: a receiver knows that the packet is wrong. Its counter will be missing.
    if ((b1 & 0x80) !== 0) return;
    const unitStart = (b1 & 0x40) !== 0;
    const hasAdaptation = (b3 & 0x20) !== 0;
    const start = hasAdaptation ? 5 + adaptationLength : 4;
    if ((b3 & 0x10) === 0 || start >= packet.length) return;
    const payload = packet.subarray(start);
    if (pid === 0) this.#readPat(payload, unitStart);
    else if (pid === this.#maps[this.#programme]) this.#readPmt(payload, unitStart, source);
    else if (pid === this.#audioPid) {
      const announced = hasAdaptation && adaptationLength > 0 && (adaptationFlags & 0x80) !== 0;
      if (!(yield* this.#follows(b3 & 15, payload, unitStart, announced, source))) return;
      if ((b3 & 0xc0) !== 0) yield* this.#scrambledPacket(source);
      else yield* this.#audio(payload, unitStart, source + start);
    }
    if (this.#audioPid === undefined && this.#count >= PATIENCE) throw this.#noMap();
  }

  /** Looks at the continuity counter. @returns whether the packet is not just a repetition */
  *#follows(
    counter: number,
    payload: Uint8Array,
    unitStart: boolean,
    announced: boolean,
    source: number,
  ): Generator<TsUnit, boolean> {
    const last = this.#counter;
    const held = this.#held.subarray(0, this.#heldBytes);
    const same = payload.length === held.length && payload.every((byte, at) => byte === held[at]);
    this.#counter = counter;
    this.#held.set(payload);
    this.#heldBytes = payload.length;
    if (last === undefined) return true;
    if (announced) {
      yield* this.#gap(true);
      return true;
    }
    // A packet that is sent twice is the same; another of the same number is of another file, or behind fifteen that are missing.
    if (counter === last && same) return false;
    const missing = (counter - last - 1) & 15;
    if (missing === 0) return true;
    // Segments put in a row break the counter and lose nothing.
    if (unitStart && this.#pes.complete) this.#join = { missing, source };
    else {
      this.#noteMissing(missing, source);
      yield* this.#gap(false);
    }
    return true;
  }

  #noteMissing(missing: number, source: number): void {
    const message = `Before byte ${source} at least ${missing} transport packet(s) of the audio are missing.`;
    this.#log.add({ code: "packets_lost", message, lost: true, byteOffset: source, count: missing });
  }

  *#audio(payload: Uint8Array, unitStart: boolean, source: number): Generator<TsUnit> {
    this.#clear = true;
    for (const unit of this.#pes.push(payload, unitStart)) {
      if (unit.kind === "start") {
        if (this.#join !== undefined && unit.pts === undefined)
          this.#noteMissing(this.#join.missing, this.#join.source);
        this.#join = undefined;
        yield unit;
      } else if (unit.kind === "data") {
        yield { kind: "data", bytes: unit.bytes, source: source + unit.bytes.byteOffset - payload.byteOffset };
      } else {
        const message = `The PES packet at byte ${source} has a damaged header; it was dropped.`;
        this.#log.add({ code: "packets_lost", message, lost: true, byteOffset: source, count: 1 });
        yield { kind: "gap", newClock: false };
      }
    }
  }

  *#gap(newClock: boolean): Generator<TsUnit> {
    this.#pes.interrupt();
    yield { kind: "gap", newClock };
  }

  *#scrambledPacket(source: number): Generator<TsUnit> {
    if (!this.#clear && ++this.#scrambled >= SCRAMBLED) throw encrypted(source);
    if (!this.#clear) return;
    const message = `The transport packet at byte ${source} is scrambled; it was dropped.`;
    this.#log.add({ code: "packets_lost", message, lost: true, byteOffset: source, count: 1 });
    yield* this.#gap(false);
  }

  #readPat(payload: Uint8Array, unitStart: boolean): void {
    for (const section of this.#pat.push(payload, unitStart)) {
      const maps = readPat(section)?.map(({ pid }) => pid) ?? [];
      if (maps.length === 0 || maps.join() === this.#maps.join()) continue;
      this.#maps = maps;
      this.#useMap(0);
    }
  }

  #useMap(programme: number): void {
    this.#programme = programme;
    this.#pmt = new SectionReader();
  }

  #readPmt(payload: Uint8Array, unitStart: boolean, source: number): void {
    for (const section of this.#pmt.push(payload, unitStart)) {
      const streams = readPmt(section);
      if (streams === undefined || streams.some(({ pid, type }) => pid === this.#audioPid && type === ADTS_STREAM)) {
        continue;
      }
      const audio = streams.find(({ type }) => type === ADTS_STREAM);
      for (const { pid, type } of streams) {
        if (pid !== audio?.pid) this.#noteSkipped(pid, `A stream of ${streamName(type)} (PID ${pid}) was passed over.`);
      }
      if (audio === undefined) {
        if (this.#programme + 1 >= this.#maps.length)
          throw noAac(
            streams.map(({ type }) => streamName(type)),
            source,
          );
        this.#useMap(this.#programme + 1);
        return;
      }
      this.#audioPid = audio.pid;
      this.#counter = undefined;
      this.#pes.interrupt();
      const others = this.#maps.length - 1;
      if (others > 0) this.#noteSkipped(-1, `Of ${others + 1} programmes the first one with AAC is read.`);
    }
  }

  #noteSkipped(pid: number, message: string): void {
    if (this.#skipped.has(pid)) return;
    this.#skipped.add(pid);
    this.#log.add({ code: "skipped_stream", message, lost: false });
  }

  #noMap(): OrcaError {
    return new OrcaError("not_audio", `In ${this.#count} transport packet(s) there is no programme with audio.`, {
      byteOffset: 0,
      hint: "The stream is cut before its tables (PAT and PMT) come, or it is no MPEG transport stream.",
    });
  }
}

function noAac(names: readonly string[], source: number): OrcaError {
  const holds = names.length === 0 ? "no streams" : names.join(", ");
  return new OrcaError("unsupported_encoding", `The transport stream has ${holds} (map at byte ${source}), not AAC.`, {
    byteOffset: source,
    hint: "Read is AAC in ADTS (stream type 0x0F). Convert with: ffmpeg -i INPUT -vn -c:a flac OUTPUT.flac",
  });
}

function encrypted(source: number): OrcaError {
  return new OrcaError("unsupported_encoding", `The audio of the transport stream is scrambled (byte ${source}).`, {
    byteOffset: source,
    hint: "Send it decrypted.",
  });
}
