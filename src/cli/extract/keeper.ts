import type { OrcaError } from "../../errors.ts";
import type { Ledger, Listener } from "../../jobs/index.ts";
import { formatSettings, type Settings } from "../../options/index.ts";
import { VERSION } from "../../version.ts";
import type { Outcome, Setup } from "./extract-one.ts";
import { EXTRACT } from "./options.ts";
import type { PlannedTask } from "./planned-task.ts";
import type { Report } from "./report.ts";
import type { ResultStore } from "./result-store.ts";
import { resultLine } from "./say.ts";
import { Tally } from "./tally.ts";

/** Writes down what became of each task, and says it. */
export class Keeper implements Listener<PlannedTask, Outcome> {
  readonly tally = new Tally();
  readonly #manifest: Ledger;
  readonly #models: ReadonlyMap<string, Settings>;
  readonly #setup: Setup;
  readonly #store: ResultStore;
  readonly #report: Report;
  readonly #said = new Set<string>();
  /** Models whose engine was held against that of earlier results. */
  readonly #looked = new Set<string>();
  /** Recordings that are read in this run. */
  readonly #again: ReadonlySet<string>;

  constructor(
    manifest: Ledger,
    models: ReadonlyMap<string, Settings>,
    setup: Setup,
    store: ResultStore,
    report: Report,
    tasks: readonly PlannedTask[],
  ) {
    this.#again = new Set(tasks.map(({ name }) => name));
    this.#manifest = manifest;
    this.#models = models;
    this.#setup = setup;
    this.#store = store;
    this.#report = report;
  }

  at(task: PlannedTask, seconds: number, total: number | undefined): void {
    this.#report.at(task, seconds, total);
  }

  async done(task: PlannedTask, outcome: Outcome): Promise<void> {
    const { name, model, formats } = task;
    const { windows, seconds, findings, version, engine } = outcome;
    await this.#store.take(task, outcome);
    this.#tellOtherEngine(model, engine);
    const before = this.#manifest.get(name, model);
    const written = formats.map((format) => [format, formatSettings(EXTRACT, format, this.#setup.layout)]);
    await this.#manifest.add({
      result: "done",
      ...source(task),
      settings: this.#models.get(model) ?? {},
      outputs: { ...(before?.result === "done" ? before.outputs : {}), ...Object.fromEntries(written) },
      version,
      engine,
      windows,
      seconds,
      findings: findings.length,
      lost: findings.filter(({ lost }) => lost).length,
    });
    this.#report.end(task, seconds);
    this.tally.add(outcome);
    this.#report.result(resultLine(this.#store.place(task), outcome));
    for (const { message } of findings) this.#once(`${name}: ${message}`);
  }

  /** `auto` may choose otherwise than when the other results were made: then the folder holds numbers of both. */
  #tellOtherEngine(model: string, engine: string): void {
    if (this.#looked.has(model)) return;
    this.#looked.add(model);
    const others = [...this.#manifest.entries()].flatMap((entry) =>
      entry.result !== "done" || entry.model !== model || this.#again.has(entry.recording) ? [] : [entry],
    );
    // Another version's are told of before the run.
    const made = others.filter(({ version, engine: by = engine }) => version === VERSION && by !== engine);
    if (made.length === 0) return;
    const counted = made.length === 1 ? "1 result was" : `${made.length} results were`;
    this.#report.note(
      `${model}: ${counted} made by ${made[0]?.engine}, and stay; this run has ${engine}, whose numbers differ by up to 1e-5 of ` +
        "the largest. --redo makes them again.",
    );
  }

  async failed(task: PlannedTask, { code, message, hint = "" }: OrcaError): Promise<void> {
    await this.#manifest.add({ result: "failed", ...source(task), version: VERSION, code, message });
    this.#report.end(task, 0);
    this.tally.fail(code);
    this.#once(`orca-embed: ${behind(task.path, message)} ${hint}`.trimEnd());
  }

  /** Each model meets the same bad file: it is said once. */
  #once(text: string): void {
    if (this.#said.has(text)) return;
    this.#said.add(text);
    this.#report.note(text);
  }
}

function source({ name, model, recording: { absolute, bytes, modified, etag } }: PlannedTask) {
  const as = { recording: name, model, path: absolute, bytes, modified, at: Date.now() };
  return etag === undefined ? as : { ...as, etag };
}

/** Messages about what lies elsewhere name it themselves. */
const behind = (path: string, message: string) => (message.startsWith(path) ? message : `${path}: ${message}`);
