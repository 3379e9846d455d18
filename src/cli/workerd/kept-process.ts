import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";

/**
 * Runs its arguments, in a process group of their own, until standard input ends: its other end is held by whoever started
 * it, so all of them go with him, even where he was killed and could tell nobody. They may take their time (the first
 * argument, tenths of a second) to end in order; children that they leave behind end with them.
 */
const KEEPER = `
tenths=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
trap '' TERM
(
  cat <&3 >/dev/null
  kill -TERM 0
  while [ "$tenths" -gt 0 ] && kill -0 "$child" 2>/dev/null; do sleep 0.1; tenths=$((tenths - 1)); done
  kill -KILL 0
) &
{ wait "$child"; } 2>/dev/null
`;

export interface KeptOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What becomes of what it prints; `ignore` where it is left out. */
  readonly stdout?: "ignore" | "inherit" | "pipe";
  readonly stderr?: "ignore" | "inherit" | "pipe";
  /** Seconds that it has to end in order; 5 where it is left out. */
  readonly patience?: number;
}

/** A process that ends when this one does, however that came. */
export class KeptProcess {
  /** The keeper; it exits when what it keeps does. */
  readonly keeper: ChildProcess;
  /** Settles when it has ended. */
  readonly exited: Promise<void>;
  #running = true;

  constructor(command: string, args: readonly string[], options: KeptOptions = {}) {
    const { cwd, env, stdout = "ignore", stderr = "inherit", patience = 5 } = options;
    this.keeper = spawn("sh", ["-c", KEEPER, "sh", String(Math.ceil(10 * patience)), command, ...args], {
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
      stdio: ["pipe", stdout, stderr],
      // A group of its own: Ctrl-C in a terminal is for whoever started it, who ends it in order.
      detached: true,
    });
    // Its other end may be gone already.
    this.keeper.stdin?.on("error", () => undefined);
    this.exited = once(this.keeper, "exit").then(() => {
      this.#running = false;
      // The watcher ends too.
      this.keeper.stdin?.end();
    });
  }

  get running(): boolean {
    return this.#running;
  }

  /** The process id of what is kept (0 elsewhere than on Linux). */
  async pid(): Promise<number> {
    const { pid } = this.keeper;
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
    return Number(children.split(" ")[0] ?? 0);
  }

  /** Asks it to end, and waits for that; it is ended after its patience. */
  async stop(): Promise<void> {
    this.keeper.stdin?.end();
    await this.exited;
  }
}
