import { OrcaError } from "../../errors.ts";
import { checkRate } from "../../kernels/index.ts";
import type { MetadataBlock } from "../../times/index.ts";
import { moduleOf } from "../codecs.ts";
import { NO_SOUND } from "../filling.ts";
import { FindingLog } from "../finding-log.ts";
import { FlacDecoder } from "../flac/index.ts";
import { FloatSink } from "../float-sink.ts";
import { MetadataBlocks } from "../metadata.ts";
import type { AudioDecoder, AudioInfo, CodedOptions, Finding } from "../types.ts";
import { Libopus } from "./libopus.ts";
import { Libvorbis } from "./libvorbis.ts";
import { PacketReader, type PagePackets } from "./packets.ts";
import { type Page, PageReader, type PageUnit } from "./pages.ts";
import { type StreamKind, streamKind } from "./stream-kinds.ts";
import { TimedTrack } from "./timed-track.ts";

/** What stands before "fLaC" in the first packet of FLAC in Ogg: https://xiph.org/flac/ogg_mapping.html */
const FLAC_MAPPING = 9;

/** The stream that is read. */
interface Track {
  readonly serial: number;
  readonly packets: PacketReader;
  /** FLAC counts its samples itself. */
  readonly timed: TimedTrack | undefined;
}

/**
 * An Ogg file: the first stream of it whose codec is read. Where pages are missing, the counts on the pages that follow
 * tell how much silence stands for them. Streams one behind another (a chain) go on where rate and channels stay.
 */
export class OggDecoder implements AudioDecoder {
  readonly #options: CodedOptions;
  readonly #log = new FindingLog("Ogg packet");
  readonly #pages = new PageReader();
  readonly #sink: FloatSink;
  readonly #blocks = new MetadataBlocks();
  #flac: FlacDecoder | undefined;
  #received: number;
  #track: Track | undefined;
  /** Whether the stream's last page has been. */
  #ended = false;
  #stopped = false;
  readonly #others = new Map<number, string>();

  constructor(options: CodedOptions) {
    this.#options = options;
    this.#received = options.start;
    this.#sink = new FloatSink(options.kernels, options.channel);
  }

  get info(): AudioInfo | undefined {
    return this.#flac?.info ?? this.#sink.info;
  }

  *push(bytes: Uint8Array): Generator<Float32Array> {
    const source = this.#received;
    this.#received += bytes.length;
    if (this.#stopped) return;
    for (const unit of this.#pages.push(bytes, source)) yield* this.#unit(unit);
  }

  *flush(): Generator<Float32Array> {
    for (const unit of this.#pages.flush()) yield* this.#unit(unit);
    if (this.#track === undefined) throw this.#noStream(this.#received);
    if (this.#track.packets.unfinished && !this.#stopped) {
      const message = `The file ends within a packet, at byte ${this.#received}; the packet was dropped.`;
      this.#log.add({ code: "truncated", message, lost: true, byteOffset: this.#received });
    } else if (!this.#ended && !this.#stopped) {
      const message = `The stream has no last page up to byte ${this.#received}: it was cut short, or recorded on the way.`;
      this.#log.add({ code: "truncated", message, lost: true, byteOffset: this.#received });
    }
    if (this.#flac !== undefined) yield* this.#flac.flush();
    else if (this.#sink.samples === 0) {
      throw new OrcaError("no_samples", `The Ogg file holds no sample up to its end at byte ${this.#received}.`, {
        byteOffset: this.#received,
        hint: "The file was cut short or is damaged.",
      });
    }
  }

  findings(): Finding[] {
    const inner = this.#flac?.findings() ?? this.#sink.findings(this.#received);
    return [...this.#log.all(), ...inner];
  }

  takeGap(): number {
    return this.#flac?.takeGap() ?? this.#track?.timed?.takeGap() ?? 0;
  }

  metadata(): readonly MetadataBlock[] {
    return this.#flac?.metadata() ?? this.#blocks.all();
  }

  *#unit(unit: PageUnit): Generator<Float32Array> {
    if (this.#stopped) return;
    if (unit.kind === "vain") {
      yield NO_SOUND;
      return;
    }
    if (unit.kind === "garbage") {
      const message = `${unit.length} byte(s) from byte ${unit.source} are of no sound Ogg page.`;
      const lost = this.#track !== undefined && !this.#ended;
      this.#log.add({ code: "lost_sync", message, lost, byteOffset: unit.source, count: unit.length });
      return;
    }
    const { page } = unit;
    if (page.first) yield* this.#begin(page);
    else if (page.serial === this.#track?.serial) yield* this.#read(page, this.#track);
    else if (this.#track === undefined) throw this.#noStream(page.source);
  }

  /** A stream begins: the first that can be read is, and the first behind its end. */
  *#begin(page: Page): Generator<Float32Array> {
    const packets = new PacketReader();
    const read = packets.read(page);
    const [packet] = read.packets;
    if (packet === undefined) return;
    const kind = streamKind(packet);
    // Before the end of the first, another one is beside it: streams that are put together begin before any goes on.
    const beside = this.#track !== undefined && !this.#ended && this.#samplesOut === 0;
    if (kind.codec === undefined || beside) this.#passOver(page, kind);
    else yield* this.#choose(page, { packets, read, packet, codec: kind.codec });
  }

  get #samplesOut(): number {
    return this.#sink.samples + (this.#flac?.info === undefined ? 0 : 1);
  }

  #passOver(page: Page, kind: StreamKind): void {
    if (this.#others.size < 32) this.#others.set(page.serial, kind.name);
    const message = `A stream of ${kind.name} (page at byte ${page.source}) was passed over.`;
    this.#log.add({ code: "skipped_stream", message, lost: false, byteOffset: page.source });
  }

  *#choose(
    page: Page,
    {
      packets,
      read,
      packet,
      codec,
    }: { packets: PacketReader; read: PagePackets; packet: Uint8Array; codec: "vorbis" | "opus" | "flac" },
  ): Generator<Float32Array> {
    const { codecs } = this.#options;
    const module = moduleOf(codecs, codec, page.source);
    this.#ended = page.last;
    if (codec === "flac" || this.#flac !== undefined) {
      if (codec !== "flac" || this.#sink.info !== undefined) {
        this.#stop(page, "FLAC and another codec do not follow on one another");
        return;
      }
      this.#flac ??= new FlacDecoder({ ...this.#options, start: 0 }, "ogg");
      this.#track = { serial: page.serial, packets, timed: undefined };
      yield* this.#flac.push(packet.subarray(FLAC_MAPPING));
      return;
    }
    const header = (codec === "vorbis" ? Libvorbis : Libopus).readHeader(packet);
    if (header.channels === 0) {
      throw new OrcaError("audio_malformed", `The ${codec} header says 0 channels (page at byte ${page.source}).`, {
        byteOffset: page.source,
        hint: "The header is damaged.",
      });
    }
    checkRate(header.rate, "audio_malformed", page.source);
    const made = codec === "vorbis" ? new Libvorbis(module) : new Libopus(module);
    const track = new TimedTrack(made, header, this.#sink, this.#log, (comments) => {
      // Of a chain, the first stream's say when the whole began.
      if (this.#blocks.all().length > 0) return;
      this.#blocks.begin("vorbis");
      this.#blocks.push(comments);
      this.#blocks.end();
    });
    // The header is read before anything is said of the stream: how much of its front is priming stands there.
    yield* track.page(read, page);
    const info: AudioInfo = {
      container: "ogg",
      encoding: codec,
      bigEndian: false,
      rate: header.rate,
      channels: header.channels,
      declaredFrames: undefined,
      ...(made.preSkip > 0 ? { priming: made.preSkip } : {}),
    };
    if (!this.#sink.open(info)) {
      this.#stop(page, `it is of ${header.rate} Hz and ${header.channels} channel(s)`);
      return;
    }
    this.#log.setRate(header.rate);
    this.#track = { serial: page.serial, packets, timed: track };
  }

  #stop(page: Page, reason: string): void {
    this.#stopped = true;
    const message = `From byte ${page.source} on there is another stream, which was left aside: ${reason}.`;
    this.#log.add({ code: "stopped", message, lost: true, byteOffset: page.source });
  }

  *#read(page: Page, track: Track): Generator<Float32Array> {
    const missing = track.packets.missing(page);
    if (missing > 0 && missing < 0x8000_0000) {
      const message = `Before byte ${page.source} ${missing} Ogg page(s) are missing.`;
      this.#log.add({ code: "packets_lost", message, lost: true, byteOffset: page.source, count: missing });
    }
    const read = track.packets.read(page);
    this.#ended ||= page.last;
    if (track.timed !== undefined) yield* track.timed.page(read, page);
    else for (const packet of read.packets) yield* this.#flac?.push(packet) ?? [];
  }

  #noStream(byteOffset: number): OrcaError {
    const names = [...this.#others.values()];
    if (names.length === 0) {
      return new OrcaError("audio_malformed", `Up to byte ${byteOffset} no stream begins in this Ogg file.`, {
        byteOffset,
        hint: "The file was cut at its front or is damaged: a stream is read from its beginning.",
      });
    }
    return new OrcaError("unsupported_encoding", `The Ogg file holds ${names.join(", ")}, which is not read.`, {
      byteOffset,
      hint: "Read are Vorbis, Opus and FLAC. Convert with: ffmpeg -i INPUT -vn -c:a flac OUTPUT.flac",
    });
  }
}
