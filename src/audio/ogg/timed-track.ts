import { OrcaError } from "../../errors.ts";
import { gapFinding, LONGEST_FILL, NO_SOUND } from "../filling.ts";
import type { FindingLog } from "../finding-log.ts";
import type { FloatSink } from "../float-sink.ts";
import type { PacketCodec, PacketHeader } from "./packet-codec.ts";
import type { PagePackets } from "./packets.ts";
import type { Page } from "./pages.ts";

/** A longer gap than this is taken for another recording: seconds. */
const LONGEST_GAP = 3600;

/** One stream of packets whose pages say how many samples there are up to them: Vorbis and Opus. */
export class TimedTrack {
  readonly #codec: PacketCodec;
  readonly #sink: FloatSink;
  readonly #log: FindingLog;
  readonly #rate: number;
  readonly #comments: (block: Uint8Array) => void;
  #headers = 0;
  /** The page's count, where what has been decoded ends; undefined before the first page of audio. */
  #position: number | undefined;
  /** Samples still to be left out at the front. */
  #skip = 0;
  #lost = false;
  /** Seconds that were left out before what is to come. */
  #gap = 0;

  /** @param comments  gets the stream's Vorbis comments */
  constructor(
    codec: PacketCodec,
    { rate }: PacketHeader,
    sink: FloatSink,
    log: FindingLog,
    comments: (block: Uint8Array) => void,
  ) {
    this.#comments = comments;
    this.#codec = codec;
    this.#rate = rate;
    this.#sink = sink;
    this.#log = log;
  }

  /** Whether all of its headers were there. */
  get ready(): boolean {
    return this.#headers >= this.#codec.headerPackets;
  }

  /** See AudioDecoder. */
  takeGap(): number {
    const gap = this.#gap;
    this.#gap = 0;
    return gap;
  }

  /** The packets that end on `page`. */
  *page({ packets, lost }: PagePackets, page: Page): Generator<Float32Array> {
    if (lost && !this.ready) throw headersMissing(page.source);
    this.#lost ||= lost;
    const audio: Uint8Array[] = [];
    for (const packet of packets) {
      if (this.ready) audio.push(packet);
      else this.#header(packet, page.source);
    }
    if (page.granule === undefined || audio.length === 0) return;
    if (this.#position === undefined || this.#lost) yield* this.#hold(audio, page, page.granule);
    else yield* this.#run(audio, page, page.granule, this.#position);
  }

  #header(packet: Uint8Array, source: number): void {
    this.#codec.header(packet, this.#headers, source);
    this.#headers++;
    // The second header: "\x03vorbis" or "OpusTags", and the comments.
    if (this.#headers === 2) this.#comments(packet.subarray(packet[0] === 3 ? 7 : 8));
    if (this.#headers === 1) this.#skip = this.#codec.preSkip;
  }

  /** The usual page: each packet is given as it is decoded, on the last page up to where the sound ends. */
  *#run(audio: readonly Uint8Array[], page: Page, granule: number, position: number): Generator<Float32Array> {
    let left = page.last ? Math.max(0, granule - position) : Number.POSITIVE_INFINITY;
    let count = 0;
    for (const packet of audio) {
      const planes = this.#decode(packet, page.source, position + count);
      const length = planes[0]?.length ?? 0;
      count += length;
      yield* this.#give(planes, Math.min(length, left));
      left -= length;
    }
    this.#position = position + count;
    if (!page.last && granule !== this.#position) yield* this.#correct(granule - this.#position, page, granule);
  }

  /** The first page, or one behind a loss: only when it is decoded can be told where it begins. */
  *#hold(audio: readonly Uint8Array[], page: Page, granule: number): Generator<Float32Array> {
    const parts: (readonly Float32Array[])[] = [];
    let count = 0;
    for (const packet of audio) {
      const planes = this.#decode(packet, page.source, (this.#position ?? 0) + count).map((plane) => plane.slice());
      parts.push(planes);
      count += planes[0]?.length ?? 0;
      yield NO_SOUND;
    }
    const begins = granule - count;
    let cut = 0;
    let left = Number.POSITIVE_INFINITY;
    if (this.#position === undefined) {
      // A first page with fewer samples than were decoded: they end earlier, or on any other page begin later.
      if (begins < 0 && page.last) left = granule;
      else if (begins < 0 && this.#codec.preSkip === 0) cut = -begins;
    } else {
      if (page.last && begins < this.#position) left = Math.max(0, granule - this.#position);
      yield* this.#correct(begins - this.#position, page, granule);
    }
    this.#lost = false;
    this.#position = granule;
    for (const planes of parts) {
      const length = planes[0]?.length ?? 0;
      const skipped = Math.min(cut, length);
      cut -= skipped;
      const given = Math.min(length - skipped, left);
      left -= given;
      yield* this.#give(
        planes.map((plane) => plane.subarray(skipped)),
        given,
      );
    }
  }

  /** The page's count is `gap` samples away from what was decoded before it. */
  *#correct(gap: number, page: Page, granule: number): Generator<Float32Array> {
    this.#position = granule;
    if (gap <= 0 || gap > LONGEST_GAP * this.#rate) {
      if (gap === 0 || this.#lost) return;
      const where = `The page at byte ${page.source} says that it is ${gap / this.#rate} s away from where the last one ended`;
      this.#log.add({
        code: "time_jump",
        message: `${where}; nothing was put in between.`,
        lost: gap > 0,
        byteOffset: page.source,
      });
      return;
    }
    if (gap > LONGEST_FILL * this.#rate) {
      this.#gap += gap / this.#rate;
      this.#log.add(gapFinding("page", page.source, gap / this.#rate, this.#sink.samples / this.#rate));
      return;
    }
    const missing = Math.max(0, gap - this.#skip);
    this.#skip -= gap - missing;
    this.#log.damagedBlock(this.#sink.samples, missing, page.source, "pages or packets are missing or damaged");
    yield* this.#sink.silence(missing);
  }

  /** The channels of a packet, or silence of its length where it is damaged, or nothing where its length is unknown. */
  #decode(packet: Uint8Array, source: number, at: number): readonly Float32Array[] {
    const planes = this.#codec.decode(packet);
    if (planes !== undefined) return planes;
    const length = this.#codec.duration(packet) ?? 0;
    this.#log.damagedBlock(at - this.#codec.preSkip, length, source, "a packet is damaged");
    return Array.from({ length: this.#sink.info?.channels ?? 1 }, () => new Float32Array(length));
  }

  *#give(planes: readonly Float32Array[], length: number): Generator<Float32Array> {
    const skipped = Math.min(this.#skip, length);
    this.#skip -= skipped;
    const { gain } = this.#codec;
    if (skipped >= length) return;
    const parts = planes.map((plane) => plane.subarray(skipped, length));
    // The planes are the decoder's output, which nobody else reads.
    if (gain !== 1)
      for (const part of parts) for (let i = 0; i < part.length; i++) part[i] = (part[i] as number) * gain;
    yield* this.#sink.push(parts);
  }
}

function headersMissing(source: number): OrcaError {
  return new OrcaError("audio_malformed", `The Ogg stream's header packets are not whole (page at byte ${source}).`, {
    byteOffset: source,
    hint: "A stream is read from its beginning, where the decoder's set-up stands.",
  });
}
