/** Tells whoever waits that something may have changed. */
export class Changes {
  #waiting: (() => void)[] = [];

  tell(): void {
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Until something may have changed, or so many ms have gone by, or `signal` aborts. */
  async next(within: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const go = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", go);
        this.#waiting = this.#waiting.filter((one) => one !== go);
        resolve();
      };
      const timer = setTimeout(go, within);
      signal.addEventListener("abort", go, { once: true });
      this.#waiting.push(go);
    });
  }
}
