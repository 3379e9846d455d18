import { CModule, cExit, cNoFile, cNothing } from "../c-module.ts";
import { HEADER_BYTES, LARGEST_FRAME, type MpegHeader } from "./mpeg-header.ts";

/** The letters of build/mp3.wasm: see scripts/support/codecs.ts, which holds its hash. */
const NAMES = { memory: "k", start: "l", malloc: "m" } as const;
const [FREE, CREATE, FEED, READ, DESTROY] = ["n", "p", "q", "r", "s"] as const;
const IMPORTS = {
  a: cExit,
  b: cNothing,
  c: cExit,
  d: cNothing,
  e: cNothing,
  f: cNoFile,
  g: cNoFile,
  h: cNoFile,
  i: cNoFile,
  j: cExit,
};

/** mpg123.h: what `READ` answers. */
const NEW_FORMAT = -11;
const OK = 0;

/** Floats of the output: more than any number of frames that one more frame can set free. */
const OUTPUT = 2 * 1152 * 8;

/** libmpg123, fed a frame at a time. It always gives two channels; of mono both are the same. */
export class Libmpg123 {
  readonly #c: CModule;
  readonly #input: number;
  readonly #output: number;
  /** Words: the decoder, samples, rate, error text. */
  readonly #words: number;
  #decoder = 0;

  constructor(module: WebAssembly.Module) {
    this.#c = new CModule(module, NAMES, IMPORTS);
    this.#input = this.#c.alloc(LARGEST_FRAME);
    this.#output = this.#c.alloc(OUTPUT * 4);
    this.#words = this.#c.alloc(4 * 4);
  }

  /** Begins anew, for frames like this one; must come before the first. */
  restart(frame: Uint8Array): void {
    const c = this.#c;
    if (this.#decoder !== 0) {
      c.call(DESTROY, this.#decoder);
      c.call(FREE, this.#decoder);
    }
    c.call(CREATE, this.#words, 0);
    this.#decoder = c.words(this.#words, 1)[0] as number;
    // It holds its first frames back until it has seen others: frames of silence (no bits for any band), thrown away,
    // make it give each that follows at once.
    const silent = new Uint8Array(frame.length);
    silent.set(frame.subarray(0, HEADER_BYTES));
    // The bit that says there is no checksum.
    silent[1] = (silent[1] as number) | 1;
    for (let count = 0; count < 3; count++) this.#feed(silent);
  }

  /** The channels' samples, good until the next call, or undefined where the frame cannot be decoded. */
  decode(frame: Uint8Array, header: MpegHeader): readonly Float32Array[] | undefined {
    const samples = this.#feed(frame);
    if (samples !== header.samples) return undefined;
    const right = this.#output + 4 * samples;
    return [this.#c.floats(this.#output, samples), this.#c.floats(right, samples)];
  }

  /** @returns samples of each channel */
  #feed(frame: Uint8Array): number {
    const c = this.#c;
    c.bytes(this.#input, frame.length).set(frame);
    if (c.call(FEED, this.#decoder, this.#input, frame.length) !== OK) return 0;
    let samples = 0;
    for (let tries = 0; tries < 8; tries++) {
      const [count, rate, error] = [this.#words + 4, this.#words + 8, this.#words + 12];
      c.words(count, 1)[0] = 0;
      const status = c.call(READ, this.#decoder, this.#output, OUTPUT, count, rate, error);
      samples += c.words(count, 1)[0] as number;
      if (status !== OK && status !== NEW_FORMAT) break;
    }
    return samples;
  }
}
