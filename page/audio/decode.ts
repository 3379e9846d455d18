/**
 * Decodes a recording beside the page with the decoders that the Worker has, so that what the server can read can be seen
 * and heard in every browser, and a second of the picture is a second of the windows.
 */

import type { Format } from "../../src/audio/formats.ts";
import { CODECS, type Codec, type CodecModules, DetectingDecoder, lookBehind } from "../../src/audio/index.ts";
import { sniff } from "../../src/audio/sniff.ts";
import { Kernels } from "../../src/kernels/index.ts";
import type { SoundPart } from "./sound.ts";

export interface DecodeRequest {
  readonly file: Blob;
  /** Where the modules are. */
  readonly modules: Readonly<Record<Codec | "kernels", string>>;
}

export type DecodeReply = { readonly part: SoundPart; readonly rate: number } | { readonly end: true };

/** Bytes that are read at a time. */
const STEP = 64 * 1024;
/** Samples of a part: half a minute at most rates; the first is short, so that something is soon there. */
const PART = 1 << 20;
const FIRST_PART = 1 << 16;

/** The codecs that a format may hold. */
const HOLDS: Readonly<Record<Format, readonly Codec[]>> = {
  wav: [],
  aiff: [],
  flac: ["flac"],
  ogg: ["opus", "vorbis", "flac"],
  mp3: ["mp3"],
  adts: ["aac"],
  "mpeg-ts": ["aac"],
  mp4: ["aac", "alac"],
  caf: ["aac", "alac"],
};

/** Decodes a recording; the parts of its sound are posted as they come, and then that it has ended. */
export async function decodeFile({ file, modules }: DecodeRequest, post: Post): Promise<void> {
  try {
    await decode(file, modules, post);
  } catch {
    // What is wrong with it the pipeline says, in more words; what came before it is kept.
  }
  post({ end: true });
}

type Post = (reply: DecodeReply) => void;

async function decode(file: Blob, addresses: DecodeRequest["modules"], post: Post): Promise<void> {
  const compile = (name: Codec | "kernels") => WebAssembly.compileStreaming(fetch(addresses[name]));
  const found = sniff(await bytesOf(file, 0, STEP), file.size <= STEP);
  const wanted = found.kind === "format" ? HOLDS[found.format] : CODECS;
  const compiled = await Promise.all(wanted.map(async (name) => [name, await compile(name)] as const));
  const codecs: CodecModules = Object.fromEntries(compiled);
  const behind = await lookBehind({ size: file.size, read: (from, length) => bytesOf(file, from, length) });
  const kernels = new Kernels(await compile("kernels"));
  const decoder = new DetectingDecoder(kernels, codecs, { channel: "mean", ...behind });
  const parts = new Parts(post);
  try {
    for (let at = 0; at < file.size; at += STEP) {
      const bytes = await bytesOf(file, at, STEP);
      for (const samples of decoder.push(bytes)) parts.push(samples, decoder.info?.rate ?? 0);
    }
    for (const samples of decoder.flush()) parts.push(samples, decoder.info?.rate ?? 0);
  } finally {
    parts.send();
  }
}

async function bytesOf(file: Blob, from: number, length: number): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(from, from + length).arrayBuffer());
}

class Parts {
  readonly #samples = new Float32Array(PART);
  #filled = 0;
  #size = FIRST_PART;
  #rate = 0;
  readonly #post: Post;

  constructor(post: Post) {
    this.#post = post;
  }

  push(samples: Float32Array, rate: number): void {
    this.#rate = rate;
    for (let at = 0; at < samples.length; ) {
      const piece = samples.subarray(at, at + this.#size - this.#filled);
      this.#samples.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === this.#size) this.send();
    }
  }

  send(): void {
    if (this.#filled === 0) return;
    const samples = this.#samples.subarray(0, this.#filled);
    let peak = 0;
    for (const value of samples) peak = Math.max(peak, Math.abs(value));
    const scale = 32767 / (peak || 1);
    // A Blob may lie on disk: an hour costs the page no more memory than a minute.
    const blob = new Blob([Int16Array.from(samples, (value) => Math.round(value * scale))]);
    this.#post({ rate: this.#rate, part: { count: this.#filled, peak: peak || 1, samples: blob } });
    this.#filled = 0;
    this.#size = PART;
  }
}
