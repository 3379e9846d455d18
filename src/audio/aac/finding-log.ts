import { type AacFinding, BLOCK_SAMPLES } from "./types.ts";

/** Findings that are kept one by one; a thoroughly damaged stream of any length takes no more memory. */
const MOST = 100;

interface DamagedRun {
  blocks: number;
  readonly sample: number;
  readonly byteOffset: number;
  readonly reason: string;
}

/** Collects findings, blocks damaged in a row as one. */
export class FindingLog {
  readonly #kept: AacFinding[] = [];
  #unkept = 0;
  #unkeptLost = false;
  #run: DamagedRun | undefined;
  #rate = 1;

  /** Findings give their place in seconds from here on. */
  setRate(rate: number): void {
    this.#rate = rate;
  }

  add(finding: AacFinding): void {
    this.#endRun();
    this.#keep(finding);
  }

  /** @param sample  where the block's silence begins, in samples from the start */
  damagedBlock(sample: number, byteOffset: number, reason: string): void {
    const run = this.#run;
    if (run !== undefined && run.sample + run.blocks * BLOCK_SAMPLES === sample) {
      run.blocks++;
      return;
    }
    this.#endRun();
    this.#run = { blocks: 1, sample, byteOffset, reason };
  }

  all(): AacFinding[] {
    const open = this.#run === undefined ? [] : [this.#describe(this.#run)];
    const all = [...this.#kept, ...open];
    if (this.#unkept > 0) {
      const message = `There were ${this.#unkept} more findings of these kinds.`;
      all.push({ code: "more_findings", message, lost: this.#unkeptLost, count: this.#unkept });
    }
    return all;
  }

  #keep(finding: AacFinding): void {
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

  #describe({ blocks, sample, byteOffset, reason }: DamagedRun): AacFinding {
    const seconds = sample / this.#rate;
    return {
      code: "damaged_frame",
      message:
        `${blocks} AAC block(s) from byte ${byteOffset} could not be decoded (${reason}); ` +
        `${blocks * BLOCK_SAMPLES} samples of silence stand for them at ${seconds.toFixed(3)} s.`,
      lost: true,
      byteOffset,
      count: blocks,
      seconds,
    };
  }
}
