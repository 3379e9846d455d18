import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { OrcaError } from "../../errors.ts";
import { Died, type Hand } from "../../jobs/index.ts";
import type { Runtime } from "../../runtime.node.ts";
import { doTask } from "./do-task.ts";
import type { Outcome, Progress, Setup, Task } from "./extract-one.ts";
import { type FromWorker, fromPlain, type ToWorker } from "./messages.ts";

/** A process that reads one recording after the other. */
export type ExtractingHand = Hand<Task, Outcome>;

/** This process itself. */
export function ownHand(setup: Setup, runtime: Runtime): ExtractingHand {
  return { run: (task, progress) => doTask(task, setup, runtime, progress), stop: () => undefined };
}

/** The worker beside this file: in src/ as it is, in lib/ under the name that the build gives it. */
const WORKER = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./extract-worker.js", import.meta.url),
);

/** What is kept of a process's last words. */
const LAST_WORDS = 4096;

/** After so many a process is not thought to have been ended by chance. */
const MOST_FAILED_STARTS = 2;

/** Another process, which is started when there is something to do, and anew where it died. */
export class ChildHand implements ExtractingHand {
  readonly #setup: Setup;
  #child: ChildProcess | undefined;
  /** Starts that failed one after the other. */
  #failedStarts = 0;
  #stopped = false;

  constructor(setup: Setup) {
    this.#setup = setup;
  }

  async run(task: Task, progress: Progress): Promise<Outcome> {
    this.#child ??= await this.#start();
    return await this.#ask(this.#child, { task }, (message, done) => {
      if (message.type === "progress") progress(message.seconds, message.total);
      else if (message.type === "done") done(message.outcome);
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#child?.kill("SIGKILL");
  }

  async #start(): Promise<ChildProcess> {
    const child = fork(WORKER, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    // Known before it is ready, so that `stop` finds it.
    this.#child = child;
    child.once("close", () => {
      if (this.#child === child) this.#child = undefined;
    });
    if (this.#stopped) this.stop();
    try {
      await this.#ask<void>(child, { setup: this.#setup }, ({ type }, done) => {
        if (type === "ready") done();
      });
    } catch (thrown) {
      // Once may be somebody's doing, as at any other moment; twice in a row it cannot start at all.
      if (!(thrown instanceof Died) || ++this.#failedStarts < MOST_FAILED_STARTS) throw thrown;
      throw new OrcaError("internal", `A process of the run could not start: ${thrown.message}`, { cause: thrown });
    }
    this.#failedStarts = 0;
    return child;
  }

  /** Sends a message and waits for what answers it. */
  #ask<T>(child: ChildProcess, message: ToWorker, hear: (message: FromWorker, done: (value: T) => void) => void) {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let words = "";
    const onWords = (text: Buffer) => {
      words = (words + text.toString()).slice(-LAST_WORDS);
    };
    const onMessage = (answer: FromWorker) => {
      if (answer.type === "failed") reject(fromPlain(answer.error));
      else hear(answer, resolve);
    };
    const onClose = (code: number | null, signal: string | null) => {
      reject(new Died(cause(code, signal, words)));
    };
    const onError = (error: Error) => reject(new Died(error.message));
    child.stderr?.on("data", onWords);
    child.on("message", onMessage).once("close", onClose).once("error", onError);
    child.send(message, (failure) => {
      // It is gone; `close` says how.
      if (failure !== null && child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    });
    return promise.finally(() => {
      child.stderr?.off("data", onWords);
      child.off("message", onMessage).off("close", onClose).off("error", onError);
    });
  }
}

function cause(code: number | null, signal: string | null, words: string): string {
  const how = signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`;
  if (/heap out of memory|Cannot allocate memory/.test(words)) return `${how}, out of memory`;
  return signal === "SIGKILL" ? `${how}, as happens where memory runs out` : how;
}
