/** Times of which the least is always known: when each of some consumers is free. */
export class LeastFirst {
  readonly #times: Float64Array;

  constructor(count: number) {
    this.#times = new Float64Array(count);
  }

  least(): number {
    return this.#times[0] as number;
  }

  /** The least one is `time` from now on. */
  replace(time: number): void {
    const times = this.#times;
    let at = 0;
    for (let child = 1; child < times.length; child = 2 * at + 1) {
      if (child + 1 < times.length && (times[child + 1] as number) < (times[child] as number)) child++;
      if (time <= (times[child] as number)) break;
      times[at] = times[child] as number;
      at = child;
    }
    times[at] = time;
  }
}
