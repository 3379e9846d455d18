import { access, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { dirname, join } from "node:path";
import { KeptProcess } from "../workerd/kept-process.ts";

/** Between restarts of a process that does not stay up (ms). */
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 30_000;
/** A process that ran for so long (ms) starts again at once. */
const SETTLED_AFTER = 60_000;
const START_WITHIN = 30_000;

/** How a process is watched (ms). */
export interface Watching {
  /** Between two questions whether it lives. */
  readonly every: number;
  /** How long it may take to answer before it is looked at. */
  readonly within: number;
  /** How long it may compute without an answer: longer than any honest work between two turns. */
  readonly busyAtMost: number;
}

/** A net of another stream may hold an answer up. */
const WATCHING: Watching = { every: 10_000, within: 30_000, busyAtMost: 600_000 };

/** What a process is started from. */
export interface Bundle {
  readonly workerd: string;
  readonly config: string;
}

export interface WorkerSettings {
  /** Gives what it is started from, whole: asked before each start, because a folder may be cleaned up meanwhile. */
  readonly bundle: () => Promise<Bundle>;
  /** Where its socket goes. */
  readonly folder: () => Promise<string>;
  readonly say: (sentence: string) => void;
  readonly watching?: Watching;
}

/** One workerd process on a socket of its own, started again whenever it ends. */
export class WorkerProcess {
  readonly number: number;
  /** Requests that it is working on. */
  busy = 0;
  /** How often it was started again. */
  restarts = 0;
  #socketPath = "";
  readonly #settings: WorkerSettings;
  readonly #watching: Watching;
  #child: KeptProcess | undefined;
  #ready = false;
  #stopped = false;
  #pause = FIRST_PAUSE;
  #timer: NodeJS.Timeout | undefined;

  constructor(number: number, settings: WorkerSettings) {
    this.number = number;
    this.#settings = settings;
    this.#watching = settings.watching ?? WATCHING;
  }

  get socketPath(): string {
    return this.#socketPath;
  }

  /** Whether it takes requests. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Starts it; false where it does not answer in time, and then it is tried again. */
  async start(): Promise<boolean> {
    const { workerd, config } = await this.#settings.bundle();
    this.#socketPath = join(await this.#settings.folder(), `worker-${this.number}.sock`);
    // The one that ended has left its own, and no second may take its place.
    await rm(this.socketPath, { force: true });
    if (this.#stopped) return false;
    const args = ["serve", config, "--socket-addr", `http=unix:${this.socketPath}`];
    const child = new KeptProcess(workerd, args, { cwd: dirname(config), stdout: "inherit" });
    this.#child = child;
    const started = Date.now();
    void child.exited.then(() => this.#ended(started));
    for (const deadline = started + START_WITHIN; Date.now() < deadline && child.running; ) {
      if ((await this.ask("/healthz", 1000)) !== undefined) {
        this.#ready = true;
        this.#watch(child, Date.now());
        return true;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    void child.stop();
    return false;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#ready = false;
    clearTimeout(this.#timer);
    await this.#child?.stop();
  }

  /** What GET `path` says, or undefined where it says nothing in time, or says that it cannot. */
  ask(path: string, within: number, headers: Record<string, string> = {}): Promise<string | undefined> {
    return new Promise((resolve) => {
      const asked = request({ socketPath: this.socketPath, path, headers, agent: false, timeout: within }, (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part: string) => {
          text += part;
        });
        answer.on("end", () => resolve(answer.statusCode === 200 ? text : undefined));
        answer.on("error", () => resolve(undefined));
      });
      asked.on("timeout", () => asked.destroy());
      asked.on("error", () => resolve(undefined));
      asked.end();
    });
  }

  /** It could not be reached: takes no more, and is started again when what it works on has ended. */
  async lost(): Promise<void> {
    const child = this.#child;
    if (!this.#ready || child === undefined) return;
    this.#ready = false;
    this.#settings.say(`Process ${this.number} cannot be reached; it is started again when its streams have ended.`);
    clearTimeout(this.#timer);
    while (this.busy > 0 && child.running) await new Promise((resolve) => setTimeout(resolve, 500));
    if (child === this.#child && !this.#stopped) await child.stop();
  }

  /** @param heard  when it last answered */
  #watch(child: KeptProcess, heard: number): void {
    this.#timer = setTimeout(async () => {
      const before = await cpuTime(child);
      const answers = (await this.ask("/healthz", this.#watching.within)) !== undefined;
      if (child !== this.#child || this.#stopped || !this.#ready) return;
      if (answers) {
        this.#watch(child, Date.now());
        return;
      }
      if (!(await exists(this.socketPath))) {
        void this.lost();
        return;
      }
      // One that computes is busy; one that neither computes nor answers hangs.
      if ((await cpuTime(child)) > before && Date.now() - heard < this.#watching.busyAtMost) {
        this.#watch(child, heard);
        return;
      }
      this.#settings.say(`Process ${this.number} does not answer; it is started again.`);
      this.#ready = false;
      void child.stop();
    }, this.#watching.every);
    this.#timer.unref();
  }

  #ended(started: number): void {
    clearTimeout(this.#timer);
    this.#ready = false;
    if (this.#stopped) return;
    this.restarts++;
    this.#pause = Date.now() - started > SETTLED_AFTER ? FIRST_PAUSE : Math.min(2 * this.#pause, LONGEST_PAUSE);
    this.#settings.say(`Process ${this.number} ended; it is started again.`);
    this.#timer = setTimeout(() => {
      this.start().catch((thrown: unknown) => {
        this.#settings.say(`Process ${this.number} cannot be started: ${String(thrown)}`);
        this.#ended(Date.now());
      });
    }, this.#pause);
  }
}

/** Clock ticks that a process has computed (proc(5): fields 14 and 15 of stat); NaN elsewhere than on Linux. */
async function cpuTime(child: KeptProcess): Promise<number> {
  const stat = await readFile(`/proc/${await child.pid()}/stat`, "utf8").catch(() => "");
  const fields = stat.replace(/^.*\)/s, "").split(" ");
  return Number(fields[12] ?? Number.NaN) + Number(fields[13] ?? Number.NaN);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
