/**
 * Notices when nothing has moved for a while. One timer serves a whole stream: to race each read against a timer of its
 * own would make garbage with every chunk.
 */
export class IdleWatch {
  readonly #limit: number;
  readonly #expire: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #since = 0;

  /** @param expire  called once, when something was waited for longer than `limit` ms */
  constructor(limit: number, expire: () => void) {
    this.#limit = limit;
    this.#expire = expire;
  }

  /** Waits for `work`, which counts as idle time. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.waiting();
    try {
      return await work;
    } finally {
      this.moved();
    }
  }

  /** From now on time counts as idle, until `moved`. */
  waiting(): void {
    this.#since = Date.now();
    if (this.#timer === undefined) this.#arm(this.#limit);
  }

  moved(): void {
    this.#since = 0;
  }

  /** No more is waited for. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #arm(ms: number): void {
    this.#timer = setTimeout(() => {
      // Not waiting now: look again later.
      const idle = this.#since === 0 ? 0 : Date.now() - this.#since;
      if (idle >= this.#limit) this.#expire();
      else this.#arm(this.#limit - idle);
    }, ms);
  }
}
