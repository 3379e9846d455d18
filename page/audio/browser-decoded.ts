import { PartsSound, partOf } from "./parts-sound.ts";
import type { Sound } from "./sound.ts";

/** Bytes of a file that the browser decodes at once, into memory. */
const MOST_BYTES = 128 << 20;
/** Hz that the browser is asked for: it decodes to no file's own rate. */
const RATE = 48_000;
/** Samples of a part. */
const PART = 1 << 20;

/** What the browser made of a file: its sound, and the same as a WAV file for the pipeline. */
export interface BrowserDecoded {
  readonly sound: Sound;
  readonly wav: Blob;
}

/** A file that only the browser's own decoders read (WebM, AC-3, HE-AAC …), as mono at 48 kHz; undefined where they do not. */
export async function browserDecoded(file: Blob): Promise<BrowserDecoded | undefined> {
  if (file.size > MOST_BYTES) return undefined;
  const context = new OfflineAudioContext(1, 1, RATE);
  const buffer = await context.decodeAudioData(await file.arrayBuffer()).catch(() => undefined);
  if (buffer === undefined || buffer.length === 0) return undefined;
  const mono = new Float32Array(buffer.length);
  for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
    const samples = buffer.getChannelData(channel);
    for (let at = 0; at < mono.length; at++)
      mono[at] = (mono[at] as number) + (samples[at] as number) / buffer.numberOfChannels;
  }
  const sixteen = Int16Array.from(mono, (value) => Math.max(-32768, Math.min(32767, Math.round(32768 * value))));
  const sound = new PartsSound(RATE);
  for (let at = 0; at < sixteen.length; at += PART) sound.push(partOf(sixteen.slice(at, at + PART)));
  return { sound, wav: new Blob([header(sixteen.byteLength), sixteen], { type: "audio/wav" }) };
}

/** RIFF WAVE's 44 bytes before 16-bit mono samples. */
function header(bytes: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(44));
  const letters = (at: number, text: string) => {
    for (let i = 0; i < text.length; i++) view.setUint8(at + i, text.charCodeAt(i));
  };
  letters(0, "RIFF");
  view.setUint32(4, 36 + bytes, true);
  letters(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, 2 * RATE, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  letters(36, "data");
  view.setUint32(40, bytes, true);
  return new Uint8Array(view.buffer);
}
