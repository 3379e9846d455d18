import { Presets, SingleBar } from "cli-progress";
import type { PlannedTask } from "../../jobs/index.ts";
import { printLine, printNote } from "../print.ts";

/** Milliseconds between two looks of the bar, and between two lines where nobody watches. */
const BAR_EVERY = 250;
const LINE_EVERY = 60_000;

/** Says how a run goes: one bar for the whole on a terminal, a line now and then where nobody watches. */
export class Report {
  readonly #started = performance.now();
  readonly #count: number;
  readonly #bytes: number;
  readonly #running = new Map<PlannedTask, { seconds: number; share: number }>();
  readonly #timer: NodeJS.Timeout;
  readonly #bar: SingleBar | undefined;
  #finished = 0;
  #finishedBytes = 0;
  #seconds = 0;

  constructor(tasks: readonly PlannedTask[]) {
    this.#count = tasks.length;
    this.#bytes = tasks.reduce((sum, { recording }) => sum + recording.bytes, 0);
    if (process.stderr.isTTY) {
      const format = `{bar} {done}/${this.#count}  {audio} of audio  {speed} x real time  {left} left`;
      this.#bar = new SingleBar(
        { format, stream: process.stderr, hideCursor: true, clearOnComplete: true, linewrap: true },
        Presets.shades_classic,
      );
      this.#bar.start(1, 0, this.#figures());
    }
    const look = () => (this.#bar === undefined ? this.#line() : this.#bar.update(this.#share(), this.#figures()));
    this.#timer = setInterval(look, this.#bar === undefined ? LINE_EVERY : BAR_EVERY);
    this.#timer.unref();
  }

  at(task: PlannedTask, seconds: number, total: number | undefined): void {
    const share = total === undefined || total <= 0 ? 0 : Math.min(1, seconds / total);
    this.#running.set(task, { seconds, share });
  }

  /** A task has ended, with so many seconds of audio. */
  end(task: PlannedTask, seconds: number): void {
    this.#running.delete(task);
    this.#finished++;
    this.#finishedBytes += task.recording.bytes;
    this.#seconds += seconds;
  }

  /** A line of results; a terminal that shows the bar of many is not flooded with them. */
  result(text: string): void {
    if (this.#bar !== undefined && process.stdout.isTTY && this.#count > 1) return;
    printLine(text);
  }

  /** A line that should be seen, above the bar. */
  note(text: string): void {
    // The bar's line is cleared, and drawn again below.
    if (this.#bar !== undefined) process.stderr.write("\r\x1b[K");
    printNote(text);
    this.#bar?.render();
  }

  /** Seconds of audio through a model, and those for each second of time. */
  get seconds(): number {
    return [...this.#running.values()].reduce((sum, { seconds }) => sum + seconds, this.#seconds);
  }

  get speed(): number {
    return this.seconds / Math.max(1e-3, (performance.now() - this.#started) / 1000);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#bar?.stop();
  }

  #share(): number {
    const running = [...this.#running].reduce((sum, [{ recording }, { share }]) => sum + share * recording.bytes, 0);
    return this.#bytes === 0 ? 0 : (this.#finishedBytes + running) / this.#bytes;
  }

  #figures(): { done: number; audio: string; speed: string; left: string } {
    const share = this.#share();
    const left = ((performance.now() - this.#started) / 1000) * (1 / share - 1);
    return {
      done: this.#finished,
      audio: duration(this.seconds),
      speed: this.speed.toFixed(1),
      left: share > 0 ? duration(left) : "-",
    };
  }

  #line(): void {
    const { done, audio, speed, left } = this.#figures();
    printNote(`${done} of ${this.#count} done, ${audio} of audio, ${speed} x real time, ${left} left`);
  }
}

/** As people say it: 12.3 s, 4 min, 5.6 h. */
export function duration(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  if (seconds < 6000) return `${(seconds / 60).toFixed(0)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
