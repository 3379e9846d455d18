import type { Finding } from "./types.ts";

/** Findings that are kept one by one; a damaged file may have millions of odd chunks. */
const MOST = 32;

/** What was odd about a file's chunks: the first ones in full, the rest counted, so that memory stays bounded. */
export class FindingList {
  readonly #findings: Finding[] = [];
  #unlisted = 0;
  #lost = false;

  /** Keeps a finding of which there is at most one a file. */
  add(finding: Finding): void {
    this.#findings.push(finding);
  }

  /** Keeps or counts a finding of which there may be one for every few bytes. */
  addChunk(finding: Finding): void {
    if (this.#findings.length < MOST) {
      this.#findings.push(finding);
      return;
    }
    this.#unlisted++;
    this.#lost ||= finding.lost;
  }

  all(): Finding[] {
    if (this.#unlisted === 0) return [...this.#findings];
    const message = `${this.#unlisted} more odd chunk(s) were passed over.`;
    return [...this.#findings, { code: "skipped_chunk", message, lost: this.#lost, count: this.#unlisted }];
  }
}
