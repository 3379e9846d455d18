import { OrcaError } from "../../errors.ts";
import { CModule, cExit, cNothing } from "../c-module.ts";
import { LARGEST_PACKET, type PacketCodec, type PacketHeader } from "./packet-codec.ts";

/** The letters of build/vorbis.wasm: see scripts/support/codecs.ts, which holds its hash. */
const NAMES = { memory: "l", start: "m", malloc: "o" } as const;
const [CREATE, SEND_SETUP, INIT_DSP, DECODE] = ["n", "p", "q", "r"] as const;
const IMPORTS = {
  a: Math.cos,
  b: Math.atan,
  c: Math.sin,
  d: cNothing,
  e: cExit,
  f: cNothing,
  g: Math.pow,
  h: Math.log,
  i: Math.exp,
  j: cExit,
  k: cNothing,
};

const MOST_ERRORS = 64;

/** libvorbis, one instance a stream. Headers: identification, comments (passed over) and set-up. */
export class Libvorbis implements PacketCodec {
  readonly codec = "vorbis";
  readonly headerPackets = 3;
  readonly preSkip = 0;
  readonly gain = 1;
  readonly #c: CModule;
  readonly #input: number;
  /** Words that the wrapper reads and writes: bytes of input, output, channels, rate, samples, count of errors. */
  readonly #words: number;
  readonly #decoder: number;
  #channels = 0;

  constructor(module: WebAssembly.Module) {
    this.#c = new CModule(module, NAMES, IMPORTS);
    this.#input = this.#c.alloc(LARGEST_PACKET);
    this.#words = this.#c.alloc(6 * 4);
    const at = (word: number) => this.#words + 4 * word;
    const errors = this.#c.alloc(MOST_ERRORS * 4);
    this.#decoder = this.#c.call(CREATE, this.#input, at(0), at(1), at(2), at(3), at(4), errors, at(5), MOST_ERRORS);
    this.#c.words(this.#words, 6).fill(0);
  }

  /** Vorbis I, section 4.2.2. */
  static readHeader(packet: Uint8Array): PacketHeader {
    const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
    return { channels: view.getUint8(11), rate: view.getUint32(12, true) };
  }

  header(packet: Uint8Array, index: number, source: number): void {
    if (index === 1) return;
    this.#put(packet);
    this.#c.call(SEND_SETUP, this.#decoder, index === 0 ? 1 : 0);
    const wrong = this.#errors() > 0;
    if (!wrong && index === 2) {
      this.#c.call(INIT_DSP, this.#decoder);
      this.#channels = this.#c.words(this.#words, 6)[2] as number;
    }
    if (!wrong && this.#errors() === 0) return;
    throw new OrcaError(
      "audio_malformed",
      `The Vorbis header packet ${index + 1} that ends before byte ${source} is damaged.`,
      {
        byteOffset: source,
        hint: "Without it the stream cannot be decoded.",
      },
    );
  }

  decode(packet: Uint8Array): readonly Float32Array[] | undefined {
    this.#put(packet);
    this.#c.call(DECODE, this.#decoder);
    if (this.#errors() > 0) return undefined;
    const [, output = 0, , , samples = 0] = this.#c.words(this.#words, 6);
    if (samples === 0) return Array.from({ length: this.#channels }, () => new Float32Array(0));
    return Array.from(this.#c.words(output, this.#channels), (at) => this.#c.floats(at, samples));
  }

  /** How long a packet is only decoding tells. */
  duration(): undefined {
    return undefined;
  }

  #put(packet: Uint8Array): void {
    this.#c.bytes(this.#input, packet.length).set(packet);
    this.#c.words(this.#words, 1)[0] = packet.length;
  }

  /** Errors since it was last asked. */
  #errors(): number {
    const words = this.#c.words(this.#words, 6);
    const count = words[5] as number;
    words[5] = 0;
    return count;
  }
}
