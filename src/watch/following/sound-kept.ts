import { joinFloats } from "../../join.ts";

/** Sound of a stretch that may yet be cut out: what was heard last, bounded by who drops it. 16 bits a sample. */
export class SoundKept {
  #rate = 1;
  #parts: { readonly from: number; readonly samples: Int16Array }[] = [];
  /** Samples of the stretch so far. */
  #heard = 0;

  /** Hz. */
  get rate(): number {
    return this.#rate;
  }

  /** Seconds of the stretch so far. */
  get seconds(): number {
    return this.#heard / this.#rate;
  }

  /** A stretch begins. */
  begin(): void {
    this.#parts = [];
    this.#heard = 0;
  }

  /** @param samples  mono, full scale is 1 */
  push(samples: Float32Array, rate: number): void {
    this.#rate = rate;
    const kept = Int16Array.from(samples, (value) => Math.max(-32768, Math.min(32767, Math.round(value * 32768))));
    this.#parts.push({ from: this.#heard, samples: kept });
    this.#heard += kept.length;
  }

  /** What lies before is not needed any more. */
  drop(seconds: number): void {
    const before = seconds * this.#rate;
    let at = 0;
    for (const { from, samples } of this.#parts) {
      if (from + samples.length > before) break;
      at++;
    }
    if (at > 0) this.#parts.splice(0, at);
  }

  /** The samples between two times, as far as they are there, and when the first one was. */
  cut(from: number, to: number): { readonly samples: Float32Array; readonly start: number } {
    const [first, last] = [Math.round(from * this.#rate), Math.round(to * this.#rate)];
    const pieces: Float32Array[] = [];
    let start: number | undefined;
    for (const part of this.#parts) {
      const a = Math.max(0, first - part.from);
      const b = Math.min(part.samples.length, last - part.from);
      if (b <= a) continue;
      start ??= part.from + a;
      pieces.push(Float32Array.from(part.samples.subarray(a, b), (value) => value / 32768));
    }
    return { samples: joinFloats(pieces), start: (start ?? first) / this.#rate };
  }
}
