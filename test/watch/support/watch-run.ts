import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { CLI, orcaEmbed } from "../../support/command-line.ts";
import { until } from "../../support/processes.ts";
import { seededFolder } from "../../support/test-models.ts";
import { writeLoudHead } from "./loud-head.ts";
import type { Receiver } from "./receiver.ts";

/** An event as `watch events` prints it. */
export interface PrintedEvent {
  readonly id: string;
  readonly utc: string;
  readonly end: string;
  readonly uncertainty: number;
  readonly phase: string;
  readonly clip?: string;
  readonly clipUtc: string;
  readonly clipSeconds: number;
  readonly picture: string;
}

/** `orca-embed watch` with its file, killed and started again. */
export class WatchRun {
  readonly folder: string;
  readonly config: string;
  /** All that it said on standard error. */
  said = "";
  #child: ChildProcess | undefined;
  readonly #environment: Readonly<Record<string, string>>;

  private constructor(folder: string, environment: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.config = join(folder, "watch.json");
    this.#environment = environment;
  }

  /** @param config  what its file says */
  static async prepare(config: object, environment: Readonly<Record<string, string>> = {}): Promise<WatchRun> {
    const run = new WatchRun(mkdtempSync(join(tmpdir(), "orca-watch-")), environment);
    onTestFinished(() => {
      run.#child?.kill("SIGKILL");
      rmSync(run.folder, { recursive: true, force: true });
    });
    await writeLoudHead(join(run.folder, "loud.head.json"));
    writeFileSync(run.config, JSON.stringify(config));
    return run;
  }

  /** Starts it. @returns when it follows */
  async start(...more: readonly string[]): Promise<void> {
    const before = this.said.length;
    const env = { ...process.env, ...this.#environment };
    const child = spawn(process.execPath, [CLI, "watch", this.config, "--models", seededFolder, ...more], {
      stdio: ["ignore", "ignore", "pipe"],
      env,
    });
    child.stderr.on("data", (part: Buffer) => {
      this.said += part.toString();
    });
    this.#child = child;
    await until(() => /: (live|waiting|failed)/.test(this.said.slice(before)) || child.exitCode !== null);
  }

  /** @returns its exit code */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    const child = this.#child as ChildProcess;
    child.kill(signal);
    const [code] = (await once(child, "exit")) as [number | null];
    return code;
  }

  /** The oldest first. */
  async events(): Promise<PrintedEvent[]> {
    const { stdout } = await orcaEmbed(["watch", "events", this.config, "--most", "1000"]);
    const lines = stdout.trim().split("\n").filter(Boolean);
    return lines.map((line) => JSON.parse(line) as PrintedEvent).reverse();
  }

  clip(name: string): Buffer {
    return readFileSync(join(this.folder, "watch/clips", name));
  }
}

/** Ways in which a receiver fails: an error, no answer, a way elsewhere. */
export const RECEIVER_FAILURES: readonly Receiver["instead"][] = [
  (response) => response.writeHead(500).end("out of order"),
  () => undefined,
  (response) => response.writeHead(302, { location: "http://127.0.0.1:9/elsewhere" }).end(),
];
