import { OrcaError } from "../../errors.ts";
import type { ChannelChoice, Kernels } from "../../kernels/index.ts";
import { AacUnits, readAacConfig } from "../aac/index.ts";
import { ALAC_CONFIG_BYTES, AlacUnits, readAlacConfig } from "../alac/index.ts";
import { type CodecModules, moduleOf } from "../codecs.ts";
import type { UnitCodec } from "../units.ts";
import { type Box, boxesIn, findBox } from "./boxes.ts";
import { aacConfigIn } from "./descriptors.ts";
import { FragmentSamples, type Samples, SampleTable } from "./samples.ts";

/** The sound of a file by its moov box: ISO/IEC 14496-12:2015, 8; QuickTime File Format, "Sound sample descriptions". */
export interface Movie {
  readonly codec: UnitCodec;
  readonly samples: Samples;
  /** Samples of each channel at the front that the edit list, or iTunes' tag, calls the codec's delay. */
  readonly priming: number;
  /** Units that the edit list keeps; those behind them are not played. */
  readonly units: number;
  /** Samples of each channel that the header announces, where it does. */
  readonly declared: number | undefined;
  /** Audio tracks beside this one. */
  readonly others: number;
}

export interface MovieContext {
  readonly kernels: Kernels;
  readonly codecs: CodecModules;
  readonly channel: ChannelChoice;
}

/** Where the fields of a sound description end, by its version. */
const SOUND_FIELDS = [28, 28 + 16, 28 + 36];

/** Kinds of sound that are not read, for a message that names what it is. */
const NAMES: Readonly<Record<string, string>> = {
  "ac-3": "Dolby AC-3",
  "ec-3": "Dolby E-AC-3",
  Opus: "Opus in MP4",
  fLaC: "FLAC in MP4",
  samr: "AMR",
  sawb: "AMR-WB",
  ".mp3": "MP3 in MP4",
  sowt: "PCM in QuickTime",
  twos: "PCM in QuickTime",
  lpcm: "PCM in QuickTime",
  in24: "PCM in QuickTime",
  ipcm: "PCM in MP4",
  enca: "encrypted sound",
};

/** @param moov  the box's contents. @param source  their offset in the file. Throws `unsupported_encoding`, `audio_malformed`. */
export function readMovie(moov: Uint8Array, source: number, context: MovieContext): Movie {
  const view = new DataView(moov.buffer, moov.byteOffset, moov.byteLength);
  const whole = { type: "moov", start: 0, end: moov.length };
  const sounds = [...boxesIn(moov, 0, moov.length)].filter((box) => box.type === "trak" && isSound(moov, box));
  const [trak] = sounds;
  const stbl = trak && findBox(moov, trak, "mdia", "minf", "stbl");
  const entry = stbl && findBox(moov, stbl, "stsd");
  if (trak === undefined || stbl === undefined || entry === undefined) {
    throw new OrcaError("unsupported_encoding", `The file has no sound (moov box at byte ${source}).`, {
      byteOffset: source,
      hint: "It is a film or a picture without an audio track.",
    });
  }
  const codec = readEntry(moov, { ...entry, start: entry.start + 8 }, source, context);
  const { rate } = codec.info;
  const time = mediaTime(moov, view, trak);
  const scale = rate / (time.scale || rate);
  const mvex = findBox(moov, whole, "mvex");
  // Of a file in fragments ffmpeg takes no edit list, and its numbers of samples are what others go by.
  const edit = mvex === undefined ? readEdit(moov, view, whole, trak, time.scale) : undefined;
  const table = new SampleTable(moov, stbl);
  const samples = mvex === undefined ? table : fragments(table, moov, view, mvex, trackNumber(moov, view, trak));
  const tagged = edit === undefined ? taggedPriming(moov, whole) : 0;
  const priming = edit === undefined ? tagged : Math.round(edit.from * scale);
  const length = edit === undefined || edit.length === 0 ? undefined : Math.round(edit.length * scale);
  const all = time.duration > 0 ? Math.max(0, Math.round(time.duration * scale) - priming) : undefined;
  return {
    codec,
    samples,
    priming,
    units: length === undefined ? Number.POSITIVE_INFINITY : Math.ceil((priming + length) / codec.unitSamples),
    declared: length ?? all,
    others: sounds.length - 1,
  };
}

function isSound(moov: Uint8Array, trak: Box): boolean {
  const handler = findBox(moov, trak, "mdia", "hdlr");
  return handler !== undefined && latin(moov, handler.start + 8, 4) === "soun";
}

/** The first sound description, whose box stands at `entries.start`. */
function readEntry(moov: Uint8Array, entries: Box, source: number, context: MovieContext): UnitCodec {
  const { kernels, codecs, channel } = context;
  const view = new DataView(moov.buffer, moov.byteOffset, moov.byteLength);
  for (const entry of boxesIn(moov, entries.start, entries.end)) {
    if (entry.end - entry.start < (SOUND_FIELDS[0] as number)) break;
    const version = view.getUint16(entry.start + 8);
    const channels = view.getUint16(entry.start + 16);
    const start = entry.start + (SOUND_FIELDS[version] ?? (SOUND_FIELDS[0] as number));
    const within = { start, end: entry.end };
    const at = source + entry.start;
    if (entry.type === "mp4a") {
      const esds = findBox(moov, within, "esds") ?? findBox(moov, within, "wave", "esds");
      const config = esds && aacConfigIn(moov, esds.start + 4, esds.end);
      if (config !== undefined && "start" in config) {
        const read = readAacConfig(moov.subarray(config.start, config.end), source + config.start);
        return new AacUnits(moduleOf(codecs, "aac", at), read, channels, channel);
      }
      if (config !== undefined) throw unread(`MPEG-4 sound of object type ${config.type}`, at);
      break;
    }
    if (entry.type === "alac") {
      const cookie = findBox(moov, within, "alac") ?? findBox(moov, within, "wave", "alac");
      if (cookie === undefined || cookie.end - cookie.start < 4 + ALAC_CONFIG_BYTES) break;
      const read = readAlacConfig(moov.subarray(cookie.start + 4, cookie.end), source + cookie.start + 4);
      return new AlacUnits(moduleOf(codecs, "alac", at), read, kernels, channel);
    }
    throw unread(NAMES[entry.type] ?? `sound of kind ${JSON.stringify(entry.type)}`, at);
  }
  throw new OrcaError("audio_malformed", `The file does not say what its sound is (moov box at byte ${source}).`, {
    byteOffset: source,
    hint: "The header is damaged.",
  });
}

function unread(what: string, byteOffset: number): OrcaError {
  return new OrcaError("unsupported_encoding", `This is ${what} (byte ${byteOffset}), which is not read.`, {
    byteOffset,
    hint: "Of MP4 and QuickTime files AAC-LC and ALAC are read. Convert it with: ffmpeg -i INPUT -vn -c:a flac OUTPUT.flac",
  });
}

/** Ticks a second of the track, and its length in them. */
function mediaTime(moov: Uint8Array, view: DataView, trak: Box): { scale: number; duration: number } {
  return timeOf(view, findBox(moov, trak, "mdia", "mdhd"));
}

function timeOf(view: DataView, box: Box | undefined): { scale: number; duration: number } {
  if (box === undefined || box.end - box.start < 20) return { scale: 0, duration: 0 };
  if (view.getUint8(box.start) === 0) {
    const duration = view.getUint32(box.start + 16);
    return { scale: view.getUint32(box.start + 12), duration: duration === 0xffff_ffff ? 0 : duration };
  }
  if (box.end - box.start < 32) return { scale: 0, duration: 0 };
  const duration = Number(view.getBigUint64(box.start + 24));
  return { scale: view.getUint32(box.start + 20), duration: duration > 2 ** 53 ? 0 : duration };
}

/** The part of the track that is played, in its own ticks; of several parts the first. Length 0: to its end. */
function readEdit(moov: Uint8Array, view: DataView, whole: Box, trak: Box, scale: number) {
  const list = findBox(moov, trak, "edts", "elst");
  const movieScale = timeOf(view, findBox(moov, whole, "mvhd")).scale;
  if (list === undefined || list.end - list.start < 8) return undefined;
  const wide = view.getUint8(list.start) === 1;
  const width = wide ? 20 : 12;
  for (let at = list.start + 8; at + width <= list.end; at += width) {
    const from = wide ? Number(view.getBigInt64(at + 8)) : view.getInt32(at + 4);
    // An empty part shifts the sound against a picture.
    if (from < 0) continue;
    const length = wide ? Number(view.getBigUint64(at)) : view.getUint32(at);
    return { from, length: movieScale > 0 ? (length * scale) / movieScale : 0 };
  }
  return undefined;
}

function trackNumber(moov: Uint8Array, view: DataView, trak: Box): number {
  const header = findBox(moov, trak, "tkhd");
  if (header === undefined) return 0;
  const at = header.start + (view.getUint8(header.start) === 1 ? 20 : 12);
  return at + 4 <= header.end ? view.getUint32(at) : 0;
}

function fragments(first: SampleTable, moov: Uint8Array, view: DataView, mvex: Box, track: number): FragmentSamples {
  for (const box of boxesIn(moov, mvex.start, mvex.end)) {
    if (box.type !== "trex" || box.end - box.start < 24 || view.getUint32(box.start + 4) !== track) continue;
    return new FragmentSamples(first, track, view.getUint32(box.start + 16));
  }
  return new FragmentSamples(first, track, 0);
}

/** iTunSMPB, iTunes' tag: after a zero, the delay in hexadecimal. */
function taggedPriming(moov: Uint8Array, whole: Box): number {
  const meta = findBox(moov, whole, "udta", "meta");
  const list = meta && findBox(moov, { start: meta.start + 4, end: meta.end }, "ilst");
  if (list === undefined) return 0;
  for (const item of boxesIn(moov, list.start, list.end)) {
    if (item.type !== "----" || item.end - item.start > 1000) continue;
    const text = latin(moov, item.start, item.end - item.start);
    const found = /iTunSMPB[\s\S]*? [0-9A-Fa-f]{8} ([0-9A-Fa-f]{8}) /.exec(text)?.[1];
    const priming = found === undefined ? 0 : Number.parseInt(found, 16);
    // ffmpeg's bound, libavformat/mov.c: more is no codec's delay.
    if (priming < 16_384) return priming;
  }
  return 0;
}

function latin(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
