import { createHash } from "node:crypto";
import { readFileSync, readlinkSync, rmSync } from "node:fs";
import { link, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout } from "node:timers/promises";
import { OrcaError } from "../../errors.ts";

/** A holder says this often that it lives (ms); one on another machine that was silent for STALE_AFTER is dead. */
const BEAT_EVERY = 5_000;
const STALE_AFTER = 60_000;

interface Holder {
  readonly id: string;
  readonly pid: number;
  /** Tells a process from a later one of the same number, where the system says it. */
  readonly born: string;
  /** Processes of one machine, start of it and container can be asked whether they live. */
  readonly machine: string;
  readonly since: string;
}

/** What only one process at a time may hold. A process that died, however it died, does not hold it. */
export class Lock {
  readonly #path: string;
  readonly #text: string;
  readonly #beat: NodeJS.Timeout;

  private constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
    this.#beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), BEAT_EVERY);
    this.#beat.unref();
  }

  /** Throws `busy` where another process holds it. */
  static async take(path: string): Promise<Lock> {
    const me: Holder = {
      id: crypto.randomUUID(),
      pid: process.pid,
      born: bornAt(process.pid),
      machine: machine(),
      since: new Date().toISOString(),
    };
    const text = JSON.stringify(me);
    // Written whole under another name first: nobody reads half of it.
    const own = `${path}.${me.id}`;
    await writeFile(own, text);
    try {
      for (;;) {
        if (await linked(own, path)) return new Lock(path, text);
        const held = await readFile(path, "utf8").catch(() => undefined);
        if (held === undefined) continue;
        const holder = parse(held);
        if (holder !== undefined && (await lives(holder, path, own))) throw busy(holder, path);
        await clear(path, held, own);
      }
    } finally {
      await rm(own, { force: true });
    }
  }

  /** Throws `busy` where a process holds another lock. @param own  a lock that this process has taken, in the same folder */
  static async free(path: string, own: string): Promise<void> {
    const held = await readFile(path, "utf8").catch(() => undefined);
    const holder = held === undefined ? undefined : parse(held);
    if (holder !== undefined && (await lives(holder, path, own))) throw busy(holder, path);
  }

  /** At once, for a process that is about to end. */
  release(): void {
    clearInterval(this.#beat);
    try {
      // Not another's, who took it because this process was taken for dead.
      if (readFileSync(this.#path, "utf8") === this.#text) rmSync(this.#path, { force: true });
    } catch {
      // It is gone.
    }
  }
}

async function linked(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw thrown;
  }
}

/**
 * Takes a dead holder's lock away. Of all who found it dead one does, by a claim on just that lock, and only while it is
 * there still: a lock that another took meanwhile is never touched. Of the others each looks again.
 */
async function clear(path: string, held: string, own: string): Promise<void> {
  const claim = `${path}.dead.${createHash("sha256").update(held).digest("hex").slice(0, 16)}`;
  if (!(await linked(own, claim))) {
    // One whose claimer was killed in this moment holds nobody up for ever.
    const [claimed, now] = await Promise.all([stat(claim).catch(() => undefined), stat(own)]);
    if (claimed !== undefined && now.mtimeMs - claimed.mtimeMs > STALE_AFTER) await rm(claim, { force: true });
    await setTimeout(5);
    return;
  }
  try {
    if ((await readFile(path, "utf8").catch(() => undefined)) === held) await rm(path, { force: true });
  } finally {
    await rm(claim, { force: true });
  }
}

async function lives({ pid, born, machine: where }: Holder, path: string, own: string): Promise<boolean> {
  if (where === machine()) return running(pid) && bornAt(pid) === born;
  // By the clock of the file system that both see.
  const [beat, now] = await Promise.all([stat(path).catch(() => undefined), stat(own)]);
  return beat !== undefined && now.mtimeMs - beat.mtimeMs < STALE_AFTER;
}

function busy({ pid, machine: where, since }: Holder, path: string): OrcaError {
  const place = where === machine() ? "" : ` on ${where.split(" ")[0]}`;
  return new OrcaError("busy", `Another run, process ${pid}${place} since ${since}, is writing there (${path}).`, {
    hint: "Wait for it or end it, or give another --out.",
  });
}

function running(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

function parse(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}

/** Linux: field 22 of /proc/PID/stat, clock ticks from the machine's start (proc(5)); the name before it may hold blanks. */
function bornAt(pid: number): string {
  return read(() => readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\)/s, "").split(" ")[20] ?? "");
}

/** Host, start of the machine, and process numbers' namespace. */
function machine(): string {
  const boot = read(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  return `${hostname()} ${boot} ${read(() => readlinkSync("/proc/self/ns/pid"))}`;
}

function read(what: () => string): string {
  try {
    return what();
  } catch {
    return "";
  }
}
