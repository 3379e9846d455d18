/** Small recordings of the tests' own making. */
import { joinBytes } from "../../src/join.ts";
import { orcaScene, SCENE_RATE, wav16 } from "../../src/sample/index.ts";

/** The synthesised scene as a 16-bit WAV file at 48 kHz. */
export function sceneWav(seconds: number): Uint8Array<ArrayBuffer> {
  return wav16(orcaScene(seconds), SCENE_RATE);
}

/** Noise in [-0.5, 0.5), from a linear congruential generator, so that each seed is another recording. */
export function noise(length: number, seed: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    out[i] = state / 2 ** 32;
  }
  return out;
}

export interface Chunk {
  readonly id: string;
  readonly body: Uint8Array;
  /** The size to state, where it is not the body's. */
  readonly size?: number;
}

/** A RIFF WAVE file of any chunks, right or wrong. */
export function riff(
  chunks: readonly Chunk[],
  { magic = "RIFF", form = "WAVE", pad = true } = {},
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const { id, body, size } of chunks) {
    const head = new Uint8Array(8);
    head.set(new TextEncoder().encode(id));
    new DataView(head.buffer).setUint32(4, size ?? body.length, true);
    parts.push(head, body);
    if (pad && body.length % 2 === 1) parts.push(new Uint8Array(1));
  }
  const file = joinBytes([new TextEncoder().encode(`${magic}....${form}`), ...parts]);
  new DataView(file.buffer).setUint32(4, file.length - 8, true);
  return file;
}

/** A plain fmt chunk; format 1 is integers, 3 floats. */
export function fmt(channels: number, rate: number, bits: number, format = 1): Chunk {
  const view = new DataView(new ArrayBuffer(16));
  view.setUint16(0, format, true);
  view.setUint16(2, channels, true);
  view.setUint32(4, rate, true);
  view.setUint32(8, (rate * channels * bits) / 8, true);
  view.setUint16(12, (channels * bits) / 8, true);
  view.setUint16(14, bits, true);
  return { id: "fmt ", body: new Uint8Array(view.buffer) };
}
