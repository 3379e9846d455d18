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

/** What a log has kept and counted. */
export interface LogState {
  readonly kept: readonly Finding[];
  /** Findings that were only counted, and whether one of them lost audio. */
  readonly unkept: number;
  readonly unkeptLost: boolean;
}

/** What one log would say that had been told everything which these were told, one after the other. */
export function joinLogs(states: readonly LogState[]): Finding[] {
  const told = states.flatMap(({ kept }) => kept);
  const [kept, rest] = [told.slice(0, MOST), told.slice(MOST)];
  const unkept = rest.length + states.reduce((sum, state) => sum + state.unkept, 0);
  const lost = rest.some((finding) => finding.lost) || states.some(({ unkeptLost }) => unkeptLost);
  return [...kept, ...unlisted(unkept, lost)];
}

function unlisted(count: number, lost: boolean): Finding[] {
  if (count === 0) return [];
  return [{ code: "more_findings", message: `There were ${count} more findings of these kinds.`, lost, count }];
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
    return [...this.#kept, ...open, ...unlisted(this.#unkept, this.#unkeptLost)];
  }

  state(): LogState {
    this.#endRun();
    return { kept: this.#kept, unkept: this.#unkept, unkeptLost: this.#unkeptLost };
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
