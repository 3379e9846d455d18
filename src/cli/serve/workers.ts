import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { request } from "node:http";
import { dirname, join } from "node:path";

/**
 * Runs its arguments as a child that ends when standard input does. The pipe's other end is this process', so workerd goes
 * with it, even where it was killed and could tell nobody.
 */
const KEEPER = `
exec 3<&0
"$0" "$@" </dev/null 3<&- &
child=$!
( cat <&3 >/dev/null; kill "$child" 2>/dev/null; sleep 5; kill -9 "$child" 2>/dev/null ) &
wait "$child"
`;

/** How often a process is asked whether it lives, and how long it may take (ms): a net of another stream may hold it up. */
const ASK_EVERY = 10_000;
const ANSWER_WITHIN = 30_000;
/** Between restarts of a process that does not stay up (ms). */
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 30_000;
/** A process that ran for so long (ms) starts again at once. */
const SETTLED_AFTER = 60_000;
const START_WITHIN = 30_000;

export interface WorkerSettings {
  readonly workerd: string;
  readonly config: string;
  /** Where its socket goes. */
  readonly folder: string;
  readonly say: (sentence: string) => void;
}

/** One workerd process on a socket of its own, started again whenever it ends. */
export class WorkerProcess {
  readonly number: number;
  readonly socketPath: string;
  /** Requests that it is working on. */
  busy = 0;
  readonly #settings: WorkerSettings;
  #child: ChildProcess | undefined;
  #ready = false;
  #stopped = false;
  #pause = FIRST_PAUSE;
  #timer: NodeJS.Timeout | undefined;

  constructor(number: number, settings: WorkerSettings) {
    this.number = number;
    this.#settings = settings;
    this.socketPath = join(settings.folder, `worker-${number}.sock`);
  }

  /** Whether it takes requests. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Starts it; false where it does not answer in time, and then it is tried again. */
  async start(): Promise<boolean> {
    const { workerd, config } = this.#settings;
    // The one that ended has left its own, and no second may take its place.
    await rm(this.socketPath, { force: true });
    const args = ["serve", config, "--socket-addr", `http=unix:${this.socketPath}`];
    const child = spawn("sh", ["-c", KEEPER, workerd, ...args], {
      cwd: dirname(config),
      stdio: ["pipe", "ignore", "inherit"],
      // Not in the terminal's group: Ctrl-C is for this process, which ends them in order.
      detached: true,
    });
    this.#child = child;
    // Its other end may be gone already.
    child.stdin.on("error", () => undefined);
    const started = Date.now();
    child.once("exit", () => this.#ended(started));
    for (const deadline = started + START_WITHIN; Date.now() < deadline && child.exitCode === null; ) {
      if (await this.#answers(1000)) {
        this.#ready = true;
        this.#watch(child);
        return true;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.stdin.end();
    return false;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#ready = false;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.stdin?.end();
    await exited;
  }

  /** What GET /healthz says, or undefined where it says nothing in time. */
  health(within: number): Promise<string | undefined> {
    return new Promise((resolve) => {
      const asked = request(
        { socketPath: this.socketPath, path: "/healthz", agent: false, timeout: within },
        (answer) => {
          let text = "";
          answer.setEncoding("utf8");
          answer.on("data", (part: string) => {
            text += part;
          });
          answer.on("end", () => resolve(answer.statusCode === 200 ? text : undefined));
          answer.on("error", () => resolve(undefined));
        },
      );
      asked.on("timeout", () => asked.destroy());
      asked.on("error", () => resolve(undefined));
      asked.end();
    });
  }

  async #answers(within: number): Promise<boolean> {
    return (await this.health(within)) !== undefined;
  }

  #watch(child: ChildProcess): void {
    this.#timer = setTimeout(async () => {
      const lives = await this.#answers(ANSWER_WITHIN);
      if (child !== this.#child || this.#stopped) return;
      if (lives) {
        this.#watch(child);
        return;
      }
      this.#settings.say(`Process ${this.number} does not answer; it is started again.`);
      this.#ready = false;
      child.stdin?.end();
    }, ASK_EVERY);
    this.#timer.unref();
  }

  #ended(started: number): void {
    clearTimeout(this.#timer);
    this.#ready = false;
    this.#child?.stdin?.end();
    if (this.#stopped) return;
    this.#pause = Date.now() - started > SETTLED_AFTER ? FIRST_PAUSE : Math.min(2 * this.#pause, LONGEST_PAUSE);
    this.#settings.say(`Process ${this.number} ended; it is started again.`);
    this.#timer = setTimeout(() => void this.start(), this.#pause);
  }
}
