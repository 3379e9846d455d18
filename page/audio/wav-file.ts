import type { PcmEncoding } from "../../src/kernels/index.ts";
import type { Sound } from "./sound.ts";

/** Where the samples of a WAV file are, and how they are written. */
interface Layout {
  readonly encoding: PcmEncoding;
  readonly littleEndian: boolean;
  readonly channels: number;
  readonly rate: number;
  readonly dataStart: number;
  readonly frames: number;
}

const BYTES: Readonly<Record<PcmEncoding, number>> = { u8: 1, s16: 2, s24: 3, s32: 4, s64: 8, f32: 4, f64: 8 };
const MAXIMAL_SIZE = 0xffff_ff00;

/**
 * A WAV file read where it lies: only the seconds that are looked at or heard are ever in memory, so that an hour costs
 * no more than a minute. Undefined where it is no PCM WAV; the server's own words then say what it is.
 */
export async function openWav(file: Blob): Promise<Sound | undefined> {
  const layout = await findLayout(file);
  if (layout === undefined || layout.frames === 0) return undefined;
  const frameBytes = BYTES[layout.encoding] * layout.channels;
  return {
    rate: layout.rate,
    seconds: layout.frames / layout.rate,
    source: { kind: "wav", file },
    async read(from, to) {
      const first = Math.max(0, Math.round(from * layout.rate));
      const last = Math.min(layout.frames, Math.round(to * layout.rate));
      if (last <= first) return new Float32Array(0);
      const at = layout.dataStart + first * frameBytes;
      const bytes = await file.slice(at, at + (last - first) * frameBytes).arrayBuffer();
      return mono(new DataView(bytes), layout, last - first);
    },
  };
}

async function findLayout(file: Blob): Promise<Layout | undefined> {
  const head = new DataView(await file.slice(0, 12).arrayBuffer());
  if (head.byteLength < 12) return undefined;
  const form = name(head, 0);
  if (!["RIFF", "RIFX", "RF64", "BW64"].includes(form) || name(head, 8) !== "WAVE") return undefined;
  const littleEndian = form !== "RIFX";
  let format: Omit<Layout, "dataStart" | "frames"> | undefined;
  let longSize = 0;
  for (let at = 12; at + 8 <= file.size; ) {
    const chunk = new DataView(await file.slice(at, at + 48).arrayBuffer());
    const [id, size] = [name(chunk, 0), chunk.getUint32(4, littleEndian)];
    if (id === "ds64") longSize = Number(chunk.getBigUint64(16, true));
    if (id === "fmt ") format = readFormat(chunk, littleEndian);
    if (id === "data") {
      if (format === undefined) return undefined;
      const left = file.size - at - 8;
      const stated = size >= MAXIMAL_SIZE && longSize > 0 ? longSize : size;
      const length = stated === 0 ? left : Math.min(left, stated);
      const frames = Math.floor(length / (BYTES[format.encoding] * format.channels));
      return { ...format, dataStart: at + 8, frames };
    }
    at += 8 + size + (size % 2);
  }
  return undefined;
}

function readFormat(chunk: DataView, littleEndian: boolean): Omit<Layout, "dataStart" | "frames"> | undefined {
  const u16 = (at: number) => chunk.getUint16(8 + at, littleEndian);
  const [channels, rate] = [u16(2), chunk.getUint32(12, littleEndian)];
  const tag = u16(0) === 0xfffe && chunk.byteLength >= 48 ? u16(24) : u16(0);
  const container = u16(12) / channels;
  const integers: Readonly<Record<number, PcmEncoding>> = { 1: "u8", 2: "s16", 3: "s24", 4: "s32", 8: "s64" };
  const floats: Readonly<Record<number, PcmEncoding>> = { 4: "f32", 8: "f64" };
  const encoding = tag === 1 ? integers[container] : tag === 3 ? floats[container] : undefined;
  return encoding === undefined || rate === 0 ? undefined : { encoding, littleEndian, channels, rate };
}

function mono(view: DataView, { encoding, littleEndian, channels }: Layout, frames: number): Float32Array<ArrayBuffer> {
  // What most recorders write is read as it lies: several times as fast, and every machine here is little-endian.
  if (encoding === "s16" && littleEndian) return meanOf(new Int16Array(view.buffer), channels, 32768);
  if (encoding === "f32" && littleEndian) return meanOf(new Float32Array(view.buffer), channels, 1);
  const sample = READERS[encoding];
  const step = BYTES[encoding];
  const out = new Float32Array(frames);
  for (let frame = 0, at = 0; frame < frames; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++, at += step) sum += sample(view, at, littleEndian);
    out[frame] = sum / channels;
  }
  return out;
}

/** The mean of the channels of each frame. @param full  what stands for 1 */
function meanOf(samples: Int16Array | Float32Array, channels: number, full: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(samples.length / channels);
  const scale = 1 / (channels * full);
  for (let frame = 0, at = 0; frame < out.length; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += samples[at++] as number;
    out[frame] = sum * scale;
  }
  return out;
}

type Reader = (view: DataView, at: number, littleEndian: boolean) => number;
const READERS: Readonly<Record<PcmEncoding, Reader>> = {
  u8: (view, at) => (view.getUint8(at) - 128) / 128,
  s16: (view, at, little) => view.getInt16(at, little) / 32768,
  s24: (view, at, little) =>
    little
      ? (view.getInt8(at + 2) * 65536 + view.getUint16(at, true)) / 8388608
      : (view.getInt8(at) * 65536 + view.getUint16(at + 1)) / 8388608,
  s32: (view, at, little) => view.getInt32(at, little) / 2147483648,
  s64: (view, at, little) => Number(view.getBigInt64(at, little)) / 2 ** 63,
  f32: (view, at, little) => view.getFloat32(at, little),
  f64: (view, at, little) => view.getFloat64(at, little),
};

function name(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(at + offset)));
}
