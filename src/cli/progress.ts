import { Presets, SingleBar } from "cli-progress";
import { printable } from "./print.ts";

/** Says on stderr how far a recording is: a bar on a terminal, nothing where nobody watches. */
export class Progress {
  readonly #bar: SingleBar | undefined;
  readonly #started = performance.now();

  /** @param seconds  length of the recording, or undefined where only its end will tell */
  constructor(label: string, seconds: number | undefined) {
    if (!process.stderr.isTTY) return;
    const format = `${printable(label)} {bar} {value}/{total} s  {speed} x real time`;
    this.#bar = new SingleBar(
      { format, stream: process.stderr, hideCursor: true, clearOnComplete: true },
      Presets.shades_classic,
    );
    this.#bar.start(Math.ceil(seconds ?? 0), 0, { speed: "-" });
  }

  at(seconds: number): void {
    const value = Math.round(seconds);
    if (this.#bar === undefined) return;
    if (value > this.#bar.getTotal()) this.#bar.setTotal(value);
    this.#bar.update(value, { speed: this.speed(seconds).toFixed(1) });
  }

  /** Seconds of audio a second of time, since the start. */
  speed(seconds: number): number {
    return seconds / Math.max(1e-3, (performance.now() - this.#started) / 1000);
  }

  stop(): void {
    this.#bar?.stop();
  }
}
