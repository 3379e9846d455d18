/** A promise that can be waited for a while, again and again; a race each time would leave something behind each time. */
export class Awaited<T> {
  readonly promise: Promise<T>;
  #settled = false;
  #wake = () => {};

  constructor(promise: Promise<T>) {
    this.promise = promise;
    const settle = () => {
      this.#settled = true;
      this.#wake();
    };
    promise.then(settle, settle);
  }

  /** Waits for `ms` at most. @returns whether it has settled */
  async within(ms: number): Promise<boolean> {
    if (this.#settled) return true;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    return this.#settled;
  }
}
