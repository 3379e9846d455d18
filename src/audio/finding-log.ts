import type { Finding } from "./types.ts";

/** Findings that are kept one by one; a thoroughly damaged stream of any length takes no more memory. */
const MOST = 100;

interface DamagedRun {
  blocks: number;
  samples: number;
  readonly sample: number;
  readonly byteOffset: number;
  readonly reason: string;
}

/** Collects findings of a coded stream, blocks damaged in a row as one. */
export class FindingLog {
  readonly #block: string;
  readonly #kept: Finding[] = [];
  #unkept = 0;
  #unkeptLost = false;
  #run: DamagedRun | undefined;
  #rate = 1;

  /** @param block  what a block is called in the messages */
  constructor(block: string) {
    this.#block = block;
  }

  /** Findings give their place in seconds from here on. */
  setRate(rate: number): void {
    this.#rate = rate;
  }

  add(finding: Finding): void {
    this.#endRun();
    this.#keep(finding);
  }

  /** @param sample  where the silence of `length` samples that stands for the block begins, from the start */
  damagedBlock(sample: number, length: number, byteOffset: number, reason: string): void {
    const run = this.#run;
    if (run !== undefined && run.sample + run.samples === sample) {
      run.blocks++;
      run.samples += length;
      return;
    }
    this.#endRun();
    this.#run = { blocks: 1, samples: length, sample, byteOffset, reason };
  }

  all(): Finding[] {
    const open = this.#run === undefined ? [] : [this.#describe(this.#run)];
    const all = [...this.#kept, ...open];
    if (this.#unkept > 0) {
      const message = `There were ${this.#unkept} more findings of these kinds.`;
      all.push({ code: "more_findings", message, lost: this.#unkeptLost, count: this.#unkept });
    }
    return all;
  }

  #keep(finding: Finding): void {
    if (this.#kept.length < MOST) {
      this.#kept.push(finding);
      return;
    }
    this.#unkept++;
    this.#unkeptLost ||= finding.lost;
  }

  #endRun(): void {
    if (this.#run !== undefined) this.#keep(this.#describe(this.#run));
    this.#run = undefined;
  }

  #describe({ blocks, samples, sample, byteOffset, reason }: DamagedRun): Finding {
    const seconds = sample / this.#rate;
    return {
      code: "damaged_frame",
      message:
        `${blocks} ${this.#block}(s) from byte ${byteOffset} could not be decoded (${reason}); ` +
        `${samples} samples of silence stand for them at ${seconds.toFixed(3)} s.`,
      lost: true,
      byteOffset,
      count: blocks,
      seconds,
    };
  }
}
