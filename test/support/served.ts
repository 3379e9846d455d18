import { KeptProcess } from "../../src/cli/workerd/kept-process.ts";
import { sleep } from "./client.ts";
import { CHECKOUT_CLI } from "./command-line.ts";
import { seededFolder } from "./test-models.ts";

/** A running `orca-embed serve`; it ends with the tests, however they end. */
export interface Server {
  readonly url: string;
  readonly child: { readonly pid: number; kill(signal: NodeJS.Signals): void };
  /** Its exit code. */
  readonly exited: Promise<(number | null)[]>;
  said(): string;
}

/** Starts it with the seeded models on a free port. */
export async function serve(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Server> {
  const all = [CHECKOUT_CLI, "serve", "--address", "127.0.0.1:0", "--models", seededFolder, ...args];
  const kept = new KeptProcess(process.execPath, all, {
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, ...env },
  });
  let said = "";
  for (const stream of [kept.keeper.stdout, kept.keeper.stderr]) {
    stream?.on("data", (part: Buffer) => {
      said += part.toString();
    });
  }
  while (!/Listening at \S+ with/.test(said)) {
    if (!kept.running) throw new Error(`serve ended: ${said}`);
    await sleep(50);
  }
  const pid = await kept.pid();
  return {
    url: /Listening at (\S+)/.exec(said)?.[1] ?? "",
    child: { pid, kill: (signal) => kept.running && process.kill(pid, signal) },
    exited: kept.exited.then(() => [kept.keeper.exitCode]),
    said: () => said,
  };
}
