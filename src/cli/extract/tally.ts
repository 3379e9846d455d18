import type { Outcome } from "./extract-one.ts";

/** What a run came to. */
export class Tally {
  done = 0;
  readonly failed = new Map<string, number>();
  withFindings = 0;
  withLoss = 0;

  add({ findings }: Outcome): void {
    this.done++;
    if (findings.length > 0) this.withFindings++;
    if (findings.some(({ lost }) => lost)) this.withLoss++;
  }

  fail(code: string): void {
    this.failed.set(code, (this.failed.get(code) ?? 0) + 1);
  }

  get failures(): number {
    return [...this.failed.values()].reduce((sum, count) => sum + count, 0);
  }

  /** `12 done, 3 already done, 2 failed (not_audio 1, audio_malformed 1), 1 with lost audio` */
  sentence(already: number): string {
    const parts = [`${this.done} done`];
    if (already > 0) parts.push(`${already} already done`);
    if (this.failures > 0) {
      const reasons = [...this.failed].map(([code, count]) => `${code} ${count}`).join(", ");
      parts.push(`${this.failures} failed (${reasons})`);
    }
    if (this.withLoss > 0) parts.push(`${this.withLoss} with lost audio`);
    if (this.withFindings > this.withLoss) parts.push(`${this.withFindings - this.withLoss} with other findings`);
    return parts.join(", ");
  }
}
