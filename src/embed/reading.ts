import type { RawFormat } from "../audio/index.ts";
import {
  type AudioInfo,
  DetectingDecoder,
  entranceAt,
  type Finding,
  notInPieces,
  type ReadingModules,
} from "../audio/index.ts";
import { OrcaError } from "../errors.ts";
import { type ChannelChoice, frameBytes, HighPass, Kernels, PCM_ENCODINGS } from "../kernels/index.ts";
import type { ModelDescription } from "../models/index.ts";
import type { PcenMode } from "../records/index.ts";
import { type MetadataBlock, RecordingClock, type Start, type Times, timesOf, type Zone } from "../times/index.ts";
import type { Turn } from "../turns.ts";
import { checkPieces, ownSamples, type PieceFacts, type PieceToRead, withAdvice } from "./pieces.ts";
import { tooShort, type Window, WindowStream } from "./windows.ts";

/** What can be chosen about the way from bytes to windows. */
export interface ReadingOptions {
  /** The mean of all channels, or one of them, counted from 0; the model's own choice where it is left out. */
  readonly channel?: ChannelChoice;
  readonly pcen: PcenMode;
  /** Hz below which the signal is taken out before the model hears it: see HighPass. Nothing is where it is left out. */
  readonly highpass?: number;
  /** The layout of raw PCM; without it the bytes' own header tells. */
  readonly raw?: RawFormat;
  /** When the first sample was taken, where the caller knows; it goes before what the recording says. */
  readonly start?: Start;
  /** The recording's name, with or without its folders: it may say when it began, and what kind of file it is. */
  readonly file?: string;
  /** Where the sound stands, where that stands behind it and was read ahead (MP4, CAF): see lookBehind. */
  readonly index?: { readonly bytes: Uint8Array; readonly source: number };
  /** Whether that was looked for, and is not there. */
  readonly noIndex?: boolean;
  /** Bytes of the whole recording, where the caller knows: it tells where sizes in a header lie. */
  readonly size?: number;
  /** Metadata that was read ahead, from behind the audio of a file that can be sought in. */
  readonly metadata?: readonly MetadataBlock[];
  /** Of times that state none: minutes east of UTC, or a name of the IANA database; without it they are taken as UTC. */
  readonly zone?: Zone;
  /** Whether `zone` goes before what the recording states, because that is known to be wrong. */
  readonly zoneOverrules?: boolean;
  /** Is given all samples, mono at the recording's rate (Hz), before their windows; a view is good until it returns. */
  readonly heard?: (samples: Float32Array, rate: number) => void;
  /** Seconds of audio that are taken at most: beyond them comes `too_large`. */
  readonly longest?: number;
  /** Of the recording this piece alone is read: its windows and no others. No bytes need be given then. */
  readonly piece?: PieceToRead;
  /** Aborts when nobody wants the work any more: it ends with `cancelled`. */
  readonly signal?: AbortSignal;
}

function highPass(hertz: number | undefined, rate: number): HighPass | undefined {
  if (hertz === undefined) return undefined;
  if (hertz > 0 && hertz < rate / 2) return new HighPass(hertz, rate);
  throw new OrcaError(
    "bad_option",
    `highpass=${hertz} is not between 0 and ${rate / 2} Hz, half of the recording's rate.`,
    {
      field: "highpass",
      hint: "10 takes out a constant offset and slow swell; leave it away for what the published models hear.",
    },
  );
}

/** Bytes taken from a chunk at a time: bounds how much one large chunk sets off before the consumer is asked again. */
const SLICE = 65536;

/** The way from the bytes of one recording to windows of spectrogram frames, and what was learnt on it. */
export class Reading {
  #source: AsyncIterator<Uint8Array>;
  readonly #modules: ReadingModules;
  readonly #kernels: Kernels;
  readonly #decoder: DetectingDecoder;
  readonly #options: ReadingOptions;
  readonly #model: ModelDescription;
  #stream: WindowStream | undefined;
  #highpass: HighPass | undefined;
  #windows = 0;
  #bytes = 0;
  #clock: RecordingClock | undefined;
  readonly #turn: Turn;
  /** Of a piece: samples of the recording that lie before what comes next, and those that come before they are wanted. */
  #place = 0;
  #early = 0;

  constructor(
    source: AsyncIterator<Uint8Array>,
    modules: ReadingModules,
    model: ModelDescription,
    options: ReadingOptions,
    turn: Turn,
  ) {
    this.#turn = turn;
    this.#source = source;
    this.#modules = modules;
    this.#kernels = new Kernels(modules.kernels);
    this.#decoder = new DetectingDecoder(this.#kernels, modules.codecs ?? {}, {
      ...options,
      channel: options.channel ?? model.input.channel,
    });
    this.#options = options;
    this.#model = model;
  }

  /** Seconds of audio taken in. */
  get seconds(): number {
    return this.#stream?.seconds ?? 0;
  }

  /** Bytes taken in. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Windows given out. */
  get windowCount(): number {
    return this.#windows;
  }

  /** Reads up to the first sample. The windows are to be taken to their end, or left, before anything else is asked. */
  async open(): Promise<{ info: AudioInfo; times: Times; windows: AsyncGenerator<Window> }> {
    const { piece } = this.#options;
    if (piece !== undefined) await this.#enter(piece);
    const samples = this.#samples();
    // A decoder knows its format before its first sample, and throws where there is none.
    let first = await samples.next();
    while (!first.done && first.value.length === 0) first = await samples.next();
    // The stages made below enlarge the memory that the view lies in, which would empty it.
    if (!first.done) first.value = first.value.slice();
    const { info } = this.#decoder;
    if (info === undefined) throw new Error("a decoder ended without a format");
    this.#highpass = highPass(this.#options.highpass, info.rate);
    this.#stream ??= new WindowStream(this.#kernels, this.#model, info.rate, this.#options.pcen);
    const stream = this.#stream;
    const times = this.#times(info);
    if (times.start !== undefined) this.#clock = new RecordingClock(times.start, info.rate, times.stretches);
    if (piece === undefined) return { info, times, windows: this.#cut(stream, first, samples, info.rate) };
    if ((this.#clock?.breaks.length ?? 0) > 0) throw notInPieces(piece.layout.start, "a recorder's gaps are told");
    return { info, times, windows: this.#cutPiece(stream, first, samples, piece, info.rate) };
  }

  /** Nothing more is to be read. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  /** When a place in the audio was recorded: milliseconds since 1970, where the start is known. */
  utc(seconds: number): number | undefined {
    return this.#clock?.utc(seconds);
  }

  /** The start by all metadata that has come: at the end, by what stood behind the audio too. */
  start(): Start | undefined {
    const { info } = this.#decoder;
    return info === undefined ? undefined : this.#times(info).start;
  }

  /** What joins a piece with the others of its recording, once its windows are done. */
  pieceFacts(): PieceFacts {
    const { info, enterable } = this.#decoder;
    const { piece } = this.#options;
    if (info === undefined || enterable === undefined || piece === undefined) throw new Error("no piece was read");
    return {
      from: piece.windows.from,
      windows: this.#windows,
      samples: this.#place,
      found: enterable.found(),
      times: [...this.#times(info).findings, ...(this.#clock?.findings(this.#place) ?? [])],
    };
  }

  #times(info: AudioInfo): Times {
    const { start, file, zone, zoneOverrules, metadata = [] } = this.#options;
    const encoding = PCM_ENCODINGS.find((pcm) => pcm === info.encoding);
    const { rate, channels, bigEndian } = info;
    // FLAC made from a WAV file may have kept its chunks, which count in that file's bytes.
    const coded = info.bits === undefined ? undefined : Math.ceil(info.bits / 8) * channels;
    const bytes = encoding === undefined ? coded : frameBytes({ encoding, channels, bigEndian });
    const times = timesOf({
      blocks: [...this.#decoder.metadata(), ...metadata],
      audio: { rate, channels, frameBytes: bytes },
      start,
      file,
      zone,
      zoneOverrules,
    });
    if (this.#decoder.continuous) return times;
    const { recorder } = times;
    return { findings: [], stretches: [], ...(recorder === undefined ? {} : { recorder }) };
  }

  /** See WindowStream.recycle. */
  recycle(numbers: Float32Array<ArrayBuffer>): void {
    this.#stream?.recycle(numbers);
  }

  /** What was odd about the input; complete when the windows are done. */
  findings(): Finding[] {
    const { info } = this.#decoder;
    const findings = [
      ...this.#decoder.findings().map((finding) => withAdvice(finding, this.#options.highpass)),
      ...(info === undefined ? [] : this.#times(info).findings),
      ...(this.#clock?.findings(this.#stream?.sourceSamples ?? 0) ?? []),
    ];
    return this.#windows > 0 ? findings : [...findings, tooShort(this.#model, this.seconds)];
  }

  /** Reads the header, and goes to where a piece's windows take their samples from. */
  async #enter(piece: PieceToRead): Promise<void> {
    checkPieces(this.#model, this.#options);
    const { layout, access, windows } = piece;
    for (let at = 0; at < layout.start; ) {
      const block = await access.read(at, Math.min(SLICE, layout.start - at));
      if (block.length === 0) break;
      for (const _ of this.#decoder.push(block)) await this.#turn.step();
      at += block.length;
    }
    for (const _ of this.#decoder.settle()) await this.#turn.step();
    const { info, enterable } = this.#decoder;
    if (info === undefined || enterable?.sound?.start !== layout.start) {
      throw new OrcaError("unreadable", `The sound does not begin at byte ${layout.start} any more.`, {
        hint: "The recording has changed since it was divided into pieces.",
      });
    }
    this.#stream = new WindowStream(this.#kernels, this.#model, info.rate, this.#options.pcen);
    const wanted = this.#stream.seek(windows.from);
    const own = ownSamples(windows, this.#model, info.rate);
    // What is found before a frame is told where the frame before it is read too.
    const target = Math.max(0, Math.min(wanted, own.from - 1));
    const entrance = await entranceAt(target, enterable.sound, layout, access, this.#modules);
    enterable.enter(entrance, own, layout);
    this.#place = entrance.sample;
    this.#early = wanted - entrance.sample;
    this.#source = access.stream(entrance.byte);
  }

  async *#samples(): AsyncGenerator<Float32Array> {
    for (let chunk = await this.#source.next(); !chunk.done; chunk = await this.#source.next()) {
      this.#bytes += chunk.value.length;
      for (let at = 0; at < chunk.value.length; at += SLICE) {
        yield* this.#paced(this.#decoder.push(chunk.value.subarray(at, at + SLICE)));
        await this.#turn.step();
      }
    }
    yield* this.#paced(this.#decoder.flush());
  }

  /** Samples as a decoder makes them, in turns with other streams. Of its steps some give none. */
  async *#paced(parts: Iterable<Float32Array>): AsyncGenerator<Float32Array> {
    for (const part of parts) {
      yield part;
      // Most steps are within the turn: no promise is made for them.
      if (this.#turn.due(part.length)) await this.#turn.pause();
    }
  }

  async *#cut(
    stream: WindowStream,
    first: IteratorResult<Float32Array, unknown>,
    samples: AsyncGenerator<Float32Array>,
    rate: number,
  ): AsyncGenerator<Window> {
    const breaks = this.#clock?.breaks ?? [];
    let next = 0;
    const most = Math.floor((this.#options.longest ?? Number.POSITIVE_INFINITY) * rate);
    for (let part = first; !part.done; part = await samples.next()) {
      const left = part.value.length === 0 ? 0 : this.#decoder.takeGap();
      if (left !== 0) {
        yield* this.#breakOff(stream);
        this.#clock?.leap(stream.sourceSamples, left);
      }
      const tooLong = part.value.length > most - stream.sourceSamples;
      let rest = tooLong ? part.value.subarray(0, most - stream.sourceSamples) : part.value;
      this.#options.heard?.(rest, rate);
      for (let frame = breaks[next]?.frame; frame !== undefined; frame = breaks[++next]?.frame) {
        const before = frame - stream.sourceSamples;
        if (before >= rest.length) break;
        yield* this.#push(stream, rest.subarray(0, before));
        yield* this.#breakOff(stream);
        rest = rest.subarray(before);
      }
      yield* this.#push(stream, rest);
      if (tooLong) throw tooMuchAudio(most / rate);
    }
    yield* this.#count(stream.flush());
  }

  /** The windows of a piece; its own samples are read to their end. */
  async *#cutPiece(
    stream: WindowStream,
    first: IteratorResult<Float32Array, unknown>,
    samples: AsyncGenerator<Float32Array>,
    { windows: { from, to = Number.POSITIVE_INFINITY } }: PieceToRead,
    rate: number,
  ): AsyncGenerator<Window> {
    const own = ownSamples({ from, to }, this.#model, rate);
    const some = function* (windows: Generator<Window>): Generator<Window> {
      for (const window of windows) {
        if (window.index >= to) return;
        yield window;
      }
    };
    for (let part = first; !part.done; part = await samples.next()) {
      const early = Math.min(this.#early, part.value.length);
      this.#early -= early;
      this.#place += part.value.length;
      if (from + this.#windows < to) yield* this.#count(some(stream.push(part.value.subarray(early))));
      if (from + this.#windows >= to && this.#place >= own.to) return;
    }
    if (from + this.#windows < to) yield* this.#count(some(stream.flush()));
  }

  /** What follows is another stretch: no window reaches across. */
  *#breakOff(stream: WindowStream): Generator<Window> {
    yield* this.#count(stream.flush());
    stream.restart();
    this.#highpass?.restart();
  }

  *#push(stream: WindowStream, samples: Float32Array): Generator<Window> {
    if (this.#highpass === undefined) yield* this.#count(stream.push(samples));
    else for (const part of this.#highpass.push(samples)) yield* this.#count(stream.push(part));
  }

  *#count(windows: Generator<Window>): Generator<Window> {
    for (const window of windows) {
      this.#windows++;
      yield window;
    }
  }
}

function tooMuchAudio(seconds: number): OrcaError {
  return new OrcaError("too_large", `The recording goes on beyond ${seconds} s of audio, which is all that is taken.`, {
    hint: "Cut the recording into parts, or ask the operator to raise MAX_AUDIO_SECONDS.",
  });
}
