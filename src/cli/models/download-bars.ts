import { MultiBar, Presets, type SingleBar } from "cli-progress";

/** Says on stderr how far several downloads are: a bar each on a terminal, nothing where nobody watches. */
export class DownloadBars {
  readonly #bars: MultiBar | undefined;

  constructor() {
    if (!process.stderr.isTTY) return;
    const format = "{file} {bar} {value}/{total} MB";
    this.#bars = new MultiBar(
      { format, stream: process.stderr, hideCursor: true, clearOnComplete: true },
      Presets.shades_classic,
    );
  }

  /** Takes the bytes that a file has and will have, where that is known; its bar appears with the first. */
  bar(file: string): (bytes: number, total: number | undefined) => void {
    let bar: SingleBar | undefined;
    const megabytes = (bytes: number) => Math.ceil(bytes / 1e6);
    return (bytes, total) => {
      const value = megabytes(bytes);
      bar ??= this.#bars?.create(megabytes(total ?? 0), value, { file });
      bar?.setTotal(Math.max(value, megabytes(total ?? 0)));
      bar?.update(value, { file });
    };
  }

  stop(): void {
    this.#bars?.stop();
  }
}
