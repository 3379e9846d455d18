import { counted } from "../../src/counted.ts";
import type { LiveRecord } from "../../src/records/index.ts";
import { browserDecoded } from "../audio/browser-decoded.ts";
import type { Microphone } from "../audio/microphone.ts";
import { type Teller, troubleIn } from "../teller.ts";
import type { ClassNames } from "./class-names.ts";
import { Pipelines } from "./pipelines.ts";
import { type Recording, type Run, takeStart, timesKnown } from "./recording.ts";
import { Result } from "./result.ts";
import type { ServerModels } from "./server-models.ts";
import { embed } from "./transport.ts";

/** What the runs are of. */
interface Around extends Teller {
  readonly recordings: readonly Recording[];
  readonly classes: ClassNames;
  readonly models: ServerModels;
}

interface Waiting {
  readonly recording: Recording;
  readonly run: Run;
}

/** Codes of errors that are the recording's own, whatever the model. */
const REFUSALS: ReadonlySet<string> = new Set([
  "empty_body",
  "not_audio",
  "wav_malformed",
  "unsupported_encoding",
  "no_samples",
  "too_large",
]);

/** Models on their way through recordings: some at once, the others in the order in which they were asked for. */
export class Runs {
  readonly pipelines: Pipelines;
  readonly #around: Around;
  readonly #waiting: Waiting[] = [];
  readonly #running = new Set<Waiting>();
  #done = 0;

  constructor(around: Around) {
    this.#around = around;
    this.pipelines = new Pipelines(around);
  }

  /** What is under way. */
  get running(): readonly Waiting[] {
    return [...this.#running];
  }

  /** How much of all that was asked for is done, 0 to 1; undefined when nothing is under way. */
  get share(): number | undefined {
    if (this.#running.size === 0 && this.#waiting.length === 0) return undefined;
    const parts = [...this.#running].reduce((sum, { recording, run }) => sum + partOf(recording, run), 0);
    return (this.#done + parts) / (this.#done + this.#running.size + this.#waiting.length);
  }

  /** Runs that have not ended. */
  get left(): number {
    return this.#running.size + this.#waiting.length;
  }

  busyWith(model: string): boolean {
    return [...this.#running].some(({ run }) => run.model === model);
  }

  add(recording: Recording, model: string): void {
    const before = recording.runs.get(model);
    if (before !== undefined && before.state !== "stopped" && before.state !== "failed") return;
    const run = newRun(model);
    recording.runs.set(model, run);
    this.#waiting.push({ recording, run });
    this.#next();
  }

  /** Ends the runs of a recording, or all; windows that have come are kept. */
  stop(recording?: Recording): void {
    for (const one of [...this.#waiting]) {
      if (recording !== undefined && one.recording !== recording) continue;
      one.run.state = "stopped";
      this.#waiting.splice(this.#waiting.indexOf(one), 1);
    }
    for (const one of this.#running) {
      if (recording === undefined || one.recording === recording) one.run.controller.abort();
    }
    this.#around.changed();
  }

  /** A microphone's sound, through the server. */
  async live(recording: Recording, model: string, microphone: Microphone): Promise<void> {
    const query = { pcm: "f32le", rate: String(microphone.rate), channels: "1", ...timesKnown(recording) };
    const run = newRun(model);
    recording.runs.set(model, run);
    await this.#carry({ recording, run }, (record, taken) =>
      embed({ model, query, chunks: microphone.bytes, taken, record, signal: run.controller.signal }),
    );
  }

  /** What the pipeline does not read the browser may; once. */
  async #decodedByBrowser(recording: Recording): Promise<boolean> {
    if (recording.file === undefined || recording.decoded !== undefined) return false;
    const found = await browserDecoded(recording.file);
    if (found === undefined) return false;
    [recording.decoded, recording.sound] = [found.wav, found.sound];
    return true;
  }

  #next(): void {
    while (this.#running.size < this.pipelines.most) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      const { recording, run } = next;
      void this.#carry(next, (record, taken) => {
        const query = timesKnown(recording);
        return this.pipelines.run({
          file: recording.decoded ?? (recording.file as Blob),
          model: run.model,
          query,
          record,
          taken,
          signal: run.controller.signal,
        });
      }).then(() => this.#next());
    }
    if (this.#running.size === 0) {
      this.#done = 0;
      this.pipelines.rest();
    }
    this.#around.changed();
  }

  async #carry(
    waiting: Waiting,
    work: (record: (record: LiveRecord) => void, taken: (bytes: number) => void) => Promise<void>,
  ): Promise<void> {
    const { recording, run } = waiting;
    const { model } = run;
    const around = this.#around;
    let result: Result | undefined;
    this.#running.add(waiting);
    run.state = "running";
    run.began = performance.now();
    const record = (next: LiveRecord) => {
      if (next.type === "header") {
        result = new Result(next);
        recording.results.set(model, result);
        takeStart(recording, next);
        if ((next.scores ?? 0) > 1) around.classes.want(model);
      } else if (next.type === "window") result?.push(next);
      else if (next.type === "summary") {
        result?.finish(next);
        takeStart(recording, next);
      }
      around.changed();
    };
    const taken = (count: number) => {
      run.bytes += count;
      around.changed();
    };
    try {
      await work(record, taken);
      run.state = run.controller.signal.aborted && result?.summary === undefined ? "stopped" : "done";
      const notes = (result?.summary?.findings ?? []).map(({ message }) => ` ${message}`).join("");
      const end = run.state === "stopped" ? "Stopped" : "Done";
      around.say(`${end}: ${counted(result?.windows ?? 0, "window")} of ${recording.name} by ${model}.${notes}`);
    } catch (thrown) {
      run.state = "failed";
      const trouble = troubleIn(thrown);
      const own = REFUSALS.has(trouble.code ?? "");
      if (own && (await this.#decodedByBrowser(recording))) {
        run.state = "stopped";
        this.#running.delete(waiting);
        around.say(`${recording.name} was decoded by the browser, at 48 kHz and in mono.`);
        this.add(recording, model);
        return;
      }
      around.fail(`${recording.name}, ${model}`, trouble, own ? undefined : () => this.add(recording, model));
      around.say(`Failed after ${counted(result?.windows ?? 0, "window")} of ${recording.name} by ${model}.`);
      // What is no recording for one model is none for the others: it is said once.
      if (own) this.stop(recording);
    }
    if (result !== undefined && result.summary === undefined) result.finish(undefined);
    run.ended = performance.now();
    this.#running.delete(waiting);
    this.#done++;
    around.changed();
  }
}

function newRun(model: string): Run {
  return { model, state: "waiting", bytes: 0, began: 0, ended: 0, controller: new AbortController() };
}

/** How far a run has come, 0 to 1. */
export function partOf({ file }: Recording, { state, bytes }: Run): number {
  if (state === "waiting") return 0;
  if (state !== "running") return 1;
  return file === undefined ? 0 : Math.min(1, bytes / Math.max(1, file.size));
}
