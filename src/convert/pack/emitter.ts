import type { Argument } from "../../nn/packed-format.ts";
import { type ConvLayer, type Layer, type MapShape, type Net, pixels, readsOf, type Tensor } from "./layers.ts";
import { Program } from "./program.ts";
import { padded } from "./weights.ts";

/** Where integers of a map lie, and the scale of each row. */
export interface Quantised {
  readonly x: Argument;
  readonly rowScales: Argument;
}

/** Where tensors live while layers are turned into steps. */
export class Emitter {
  readonly program = new Program();
  readonly input: number;
  readonly #net: Net;
  readonly #buffers = new Map<number, number>();
  readonly #lastUse = new Map<number, number>();
  readonly #quantised = new Map<string, Quantised>();
  #spread: Argument | undefined;

  constructor(net: Net) {
    this.#net = net;
    this.input = this.program.buffer(4 * pixels(net.input));
    for (const [at, layer] of net.layers.entries()) {
      for (const tensor of readsOf(layer)) this.#lastUse.set(tensor.id, at);
    }
    for (const { tensor } of net.outputs) this.#lastUse.set(tensor.id, net.layers.length);
  }

  isInput(tensor: Tensor): boolean {
    return tensor.id === this.#net.input.id;
  }

  /** The map that a layer reads, with padded channels. The window itself has one channel and no padding. */
  read(tensor: Tensor, chunk: number): Argument {
    if (!this.isInput(tensor)) return { buffer: this.bufferOf(tensor) };
    if (this.#spread === undefined) {
      this.#spread = { buffer: this.program.buffer(mapBytes(tensor)) };
      const window = { buffer: this.input };
      const rows = { windows: pixels(tensor) };
      this.program.call(chunk, "spread", { x: window, y: this.#spread, rows, channels: padded(1) });
    }
    return this.#spread;
  }

  bufferOf(tensor: Tensor): number {
    const buffer = this.#buffers.get(tensor.id);
    if (buffer === undefined) throw new Error(`Tensor ${tensor.id} has no buffer.`);
    return buffer;
  }

  /** Makes room for what a layer writes. */
  write(tensor: Tensor): Argument {
    const buffer = this.program.buffer(mapBytes(tensor));
    this.#buffers.set(tensor.id, buffer);
    return { buffer };
  }

  /** Writes a tensor over one of the same shape that nothing reads after layer `at`, else to room of its own. */
  writeOver(tensor: Tensor, old: Tensor, at: number): Argument {
    if (this.isInput(old) || this.#lastUse.get(old.id) !== at) return this.write(tensor);
    const buffer = this.bufferOf(old);
    this.#buffers.set(tensor.id, buffer);
    return { buffer };
  }

  /** Room for a product's result: over its residual, unless that is also what the product reads. */
  writeProduct({ input, output, residual }: ConvLayer, at: number): Argument {
    return residual === undefined || residual.id === input.id
      ? this.write(output)
      : this.writeOver(output, residual, at);
  }

  /** Whether `next` is the only reader of what `layer`, just before it, writes. */
  feedsOnly(layer: Layer, next: Layer | undefined, at: number): boolean {
    return next !== undefined && next.input.id === layer.output.id && this.#lastUse.get(layer.output.id) === at + 1;
  }

  /** Working memory of `bytes` a window. */
  room(bytes: number): Argument {
    return { buffer: this.program.buffer(bytes) };
  }

  /** A quantised map that several layers read, made by the first. */
  quantisedOnce(key: string, make: () => Quantised): Quantised {
    const known = this.#quantised.get(key) ?? make();
    this.#quantised.set(key, known);
    return known;
  }

  zeros(count: number): Argument {
    return this.program.shared(`zeros ${count}`, () => new Float32Array(count));
  }
}

export function mapBytes(tensor: MapShape): number {
  return 4 * pixels(tensor) * padded(tensor.channels);
}
