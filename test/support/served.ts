import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { sleep } from "./client.ts";
import { seededFolder } from "./test-models.ts";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** A running `orca-embed serve`. */
export interface Server {
  readonly url: string;
  readonly child: ChildProcess;
  readonly exited: Promise<unknown[]>;
  said(): string;
}

/** Starts it with the seeded models on a free port. */
export async function serve(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Server> {
  const all = [main, "serve", "--address", "127.0.0.1:0", "--models", seededFolder, ...args];
  const child = spawn(process.execPath, all, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (part: Buffer) => {
      said += part.toString();
    });
  }
  const exited = once(child, "exit");
  while (!/Listening at \S+ with/.test(said)) {
    if (child.exitCode !== null) throw new Error(`serve ended: ${said}`);
    await sleep(50);
  }
  return { url: /Listening at (\S+)/.exec(said)?.[1] ?? "", child, exited, said: () => said };
}
