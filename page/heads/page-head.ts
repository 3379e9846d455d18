import { OrcaError } from "../../src/errors.ts";
import type { EventRule } from "../../src/heads/event-rule.ts";
import type { HeadWork } from "../pipeline/head-work.ts";
import type { Scored } from "../pipeline/protocol.ts";
import type { Points } from "../session/points.ts";
import type { Result } from "../session/result.ts";

/** A head is a few kilobytes to a few megabytes. */
const MOST_BYTES = 64 * 2 ** 20;
/** Bytes of embeddings that are scored at a time. */
const MOST_AT_ONCE = 32 * 2 ** 20;

/** A head that was trained here, or opened from a file: what it says of the windows of its model, and its thresholds. */
export class PageHead {
  readonly id: string;
  readonly model: string;
  readonly classes: Scored["classes"];
  /** When it was trained, milliseconds since 1970; undefined where its file does not say. */
  readonly trained: number | undefined;
  /** Of each class, moved by the reader. */
  thresholds: readonly number[];
  /** Seconds that are bridged between two parts of an event, and that it lasts at least. */
  rule: EventRule;
  /** Changes as windows are scored, and with thresholds. */
  version = 0;
  readonly #text: string;
  readonly #work: HeadWork;
  /** By result: probabilities by class. */
  readonly #said = new WeakMap<Result, readonly Float64Array[]>();
  #scoring: Promise<void> | undefined;

  private constructor({ id, model, classes, trained, text }: Scored, current: string, work: HeadWork) {
    this.id = id;
    // perch-hoplite's classifiers do not always name their model.
    this.model = model === "unknown" ? current : model;
    this.classes = classes;
    this.trained = trained === undefined ? undefined : Date.parse(trained);
    const { on, ...rule } = classes[0]?.rule ?? { shortest: 0, gap: 0, windows: 1 };
    this.thresholds = classes.map(({ threshold }) => on ?? threshold);
    this.rule = rule;
    this.#text = text;
    this.#work = work;
  }

  /** A head's file. Rejects with what is wrong with it. @param current  the model that is looked at */
  static async open(file: File, current: string, work: HeadWork): Promise<PageHead> {
    if (file.size > MOST_BYTES)
      throw new OrcaError(
        "head_invalid",
        `${file.name} has ${Math.round(file.size / 2 ** 20)} MB: a head is not so large.`,
      );
    return PageHead.of(await file.text(), file.name, current, work);
  }

  /** @param name  of its file, for what is wrong with it */
  static async of(text: string, name: string, current: string, work: HeadWork): Promise<PageHead> {
    const nothing = { model: undefined, rows: { size: 1, parts: [] } };
    return new PageHead(await work.score({ name, text, ...nothing }), current, work);
  }

  setThreshold(k: number, threshold: number): void {
    this.thresholds = this.thresholds.with(k, Math.max(0, Math.min(1, threshold)));
    this.version++;
  }

  setRule(change: Partial<EventRule>): void {
    this.rule = { ...this.rule, ...change };
    this.version++;
  }

  /** Its file, with the thresholds and the rule as they are now: for the command line, or for another day. */
  get text(): string {
    const file = JSON.parse(this.#text) as { classes: { threshold: number }[]; events?: EventRule };
    const least = Math.min(...this.thresholds);
    const { off, ...rest } = this.rule;
    // An end above the beginning contradicts itself.
    const events = off === undefined || off > least ? rest : this.rule;
    const classes = file.classes.map((one, k) => ({ ...one, threshold: this.thresholds[k] ?? one.threshold }));
    return `${JSON.stringify({ ...file, classes, events }, undefined, 1)}\n`;
  }

  /** Probabilities of a result's windows that have been scored, by class. */
  said(result: Result): readonly Float64Array[] | undefined {
    return this.#said.get(result);
  }

  /** Whether all windows of its model are scored. What is not is asked for, and `came` is called when it is there. */
  want(points: Points, came: () => void, failed: (thrown: unknown) => void): boolean {
    if (points.model !== this.model) return false;
    const missing = points.sets().filter(({ result }) => this.#scored(result) < result.windows);
    if (missing.length === 0) return true;
    if (this.#scoring === undefined) {
      this.#scoring = this.#score(missing.map(({ result }) => result)).finally(() => {
        this.#scoring = undefined;
      });
      this.#scoring.then(came, failed);
    }
    return false;
  }

  /** Scores all windows that are there. */
  async scoreAll(points: Points): Promise<void> {
    const nothing = () => {};
    while (points.model === this.model && !this.want(points, nothing, nothing)) await this.#scoring;
  }

  #scored(result: Result): number {
    return this.#said.get(result)?.[0]?.length ?? 0;
  }

  async #score(results: readonly Result[]): Promise<void> {
    let batch: { result: Result; rows: Float32Array<ArrayBuffer> }[] = [];
    let bytes = 0;
    for (const [at, result] of results.entries()) {
      for (let from = this.#scored(result); from < result.windows; ) {
        const to = Math.min(
          result.windows,
          from + Math.max(1, Math.floor(MOST_AT_ONCE / (4 * result.header.embedding))),
        );
        // What is sent is given away.
        const rows = (await result.rows(from, to)).slice();
        batch.push({ result, rows });
        bytes += rows.byteLength;
        from = to;
        if (bytes < MOST_AT_ONCE && (from < result.windows || at < results.length - 1)) continue;
        await this.#scoreBatch(batch);
        batch = [];
        bytes = 0;
      }
    }
    if (batch.length > 0) await this.#scoreBatch(batch);
    this.version++;
  }

  async #scoreBatch(batch: readonly { result: Result; rows: Float32Array<ArrayBuffer> }[]): Promise<void> {
    const header = batch[0]?.result.header;
    if (header === undefined) return;
    const { model: id, sha256, variant, embedding: size } = header;
    const counts = batch.map(({ rows }) => rows.length / size);
    const { probabilities } = await this.#work.score({
      name: this.id,
      text: this.#text,
      model: { id, sha256, variant },
      rows: { size, parts: batch.map(({ rows }) => rows) },
    });
    let row = 0;
    for (const [at, { result }] of batch.entries()) {
      const count = counts[at] as number;
      const before = this.#said.get(result);
      this.#said.set(
        result,
        probabilities.map((values, k) => joined(before?.[k], values.subarray(row, row + count))),
      );
      row += count;
    }
  }
}

function joined(before: Float64Array | undefined, after: Float64Array): Float64Array {
  if (before === undefined) return after.slice();
  const all = new Float64Array(before.length + after.length);
  all.set(before);
  all.set(after, before.length);
  return all;
}
