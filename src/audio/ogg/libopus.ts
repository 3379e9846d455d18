import { OrcaError } from "../../errors.ts";
import { CModule, cExit, cNothing } from "../c-module.ts";
import { LARGEST_PACKET, type PacketCodec, type PacketHeader } from "./packet-codec.ts";

/** The letters of build/opus.wasm: see scripts/support/codecs.ts, which holds its hash. */
const NAMES = { memory: "g", start: "h", malloc: "j" } as const;
const [CREATE, DECODE] = ["i", "k"] as const;
const IMPORTS = { a: Math.cos, b: cExit, c: cNothing, d: cExit, e: cNothing, f: cNothing };

/** Opus is decoded at 48 kHz, whatever it was made from; the longest packet has 120 ms: RFC 6716. */
const RATE = 48000;
const LONGEST = 5760;

/** Samples of a frame at 48 kHz by the packet's first byte: RFC 6716, table 2. */
function frameSamples(toc: number): number {
  const config = toc >> 3;
  if (config >= 16) return 120 << (config & 3);
  if (config >= 12) return 480 << (config & 1);
  return (config & 3) === 3 ? 2880 : 480 << (config & 3);
}

/** libopus, one instance a stream. Headers: OpusHead (RFC 7845, section 5.1) and tags, which are passed over. */
export class Libopus implements PacketCodec {
  readonly codec = "opus";
  readonly headerPackets = 2;
  readonly #c: CModule;
  readonly #input: number;
  readonly #output: number;
  #decoder = 0;
  #channels = 0;
  preSkip = 0;
  gain = 1;

  constructor(module: WebAssembly.Module) {
    this.#c = new CModule(module, NAMES, IMPORTS);
    this.#input = this.#c.alloc(LARGEST_PACKET);
    this.#output = this.#c.alloc(LONGEST * 255 * 4);
  }

  static readHeader(packet: Uint8Array): PacketHeader {
    return { channels: packet[9] ?? 0, rate: RATE };
  }

  header(packet: Uint8Array, index: number, source: number): void {
    if (index === 1) return;
    const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
    const channels = view.getUint8(9);
    const family = view.getUint8(18);
    // Family 0 has no table of channels: RFC 7845, section 5.1.1.
    const table = family === 0 ? [1, channels - 1, 0, 1] : Array.from(packet.subarray(19, 21 + channels));
    const [streams = 0, coupled = 0, ...mapping] = table;
    if (family === 3 || (family === 0 && channels > 2) || mapping.length < channels || streams + coupled > 255) {
      throw new OrcaError(
        "unsupported_encoding",
        `Opus of channel mapping ${family} with ${channels} channels is not read.`,
        {
          byteOffset: source,
          hint: "Convert it with: ffmpeg -i INPUT -c:a flac OUTPUT.flac",
        },
      );
    }
    const at = this.#c.alloc(channels);
    this.#c.bytes(at, channels).set(mapping.slice(0, channels));
    this.#decoder = this.#c.call(CREATE, RATE, channels, streams, coupled, at, 0, 0);
    this.#channels = channels;
    this.preSkip = view.getUint16(10, true);
    this.gain = 10 ** (view.getInt16(16, true) / (20 * 256));
  }

  decode(packet: Uint8Array): readonly Float32Array[] | undefined {
    if (packet.length === 0) return undefined;
    this.#c.bytes(this.#input, packet.length).set(packet);
    const samples = this.#c.call(DECODE, this.#decoder, this.#input, packet.length, this.#output);
    if (samples <= 0) return undefined;
    return Array.from({ length: this.#channels }, (_, channel) =>
      this.#c.floats(this.#output + channel * samples * 4, samples),
    );
  }

  duration(packet: Uint8Array): number | undefined {
    const [toc = 0, count = 0] = packet;
    const frames = [1, 2, 2, count & 63][toc & 3] as number;
    const samples = frames * frameSamples(toc);
    return packet.length === 0 || samples > LONGEST ? undefined : samples;
  }
}
