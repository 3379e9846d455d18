/** Numbers that grow at the end, in one typed array. */
export class Growing {
  #values = new Float32Array(4096);
  length = 0;

  push(values: Float32Array): void {
    const needed = this.length + values.length;
    if (needed > this.#values.length) {
      const larger = new Float32Array(Math.max(needed, Math.ceil(this.#values.length * 1.5)));
      larger.set(this.#values.subarray(0, this.length));
      this.#values = larger;
    }
    this.#values.set(values, this.length);
    this.length = needed;
  }

  at(index: number): number {
    return this.#values[index] as number;
  }

  /** A view, good until the next push. */
  view(from = 0, to = this.length): Float32Array<ArrayBuffer> {
    return this.#values.subarray(from, to);
  }

  /** Gives back what was reserved beyond the end. */
  trim(): void {
    this.#values = this.#values.slice(0, this.length);
  }
}
