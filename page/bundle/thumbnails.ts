import type { BundleClient } from "./bundle-client.ts";

/** Thumbnails that are kept. */
const KEPT = 600;

/** Thumbnails as they are asked for: those of one moment in one message, the latest kept. */
export class Thumbnails {
  readonly dim: readonly [width: number, height: number];
  readonly #client: BundleClient;
  readonly #changed: () => void;
  readonly #held = new Map<number, ImageBitmap | undefined>();
  #wanted: number[] = [];

  constructor(client: BundleClient, dim: readonly [number, number], changed: () => void) {
    this.#client = client;
    this.dim = dim;
    this.#changed = changed;
  }

  /** The thumbnail of a point; undefined while it is on its way. */
  at(point: number): ImageBitmap | undefined {
    if (!this.#held.has(point)) {
      this.#held.set(point, undefined);
      if (this.#wanted.push(point) === 1) queueMicrotask(() => void this.#ask());
    }
    return this.#held.get(point);
  }

  /** Ends the worker that cuts them. */
  end(): void {
    this.#client.end();
  }

  async #ask(): Promise<void> {
    const points = this.#wanted;
    this.#wanted = [];
    try {
      const bitmaps = await this.#client.ask({ kind: "thumbnails", points });
      for (const [at, point] of points.entries()) this.#held.set(point, bitmaps[at]);
    } catch {
      // A picture that is not to be had is left out.
    }
    for (const point of [...this.#held.keys()].slice(0, Math.max(0, this.#held.size - KEPT))) {
      this.#held.get(point)?.close();
      this.#held.delete(point);
    }
    this.#changed();
  }
}
