import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The command line as npm installs it; vitest's set-up bundles it anew. It starts in half the time of its source. */
export const CLI = fileURLToPath(new URL("../../lib/orca-embed.js", import.meta.url));

/** The same from its source, in a checkout: what bundles the Worker is there only. */
export const CHECKOUT_CLI = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs orca-embed without blocking this process, so that a server of the test can answer it.
 *
 * @param flags  of Node itself
 */
export function orcaEmbed(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): Promise<Ran> {
  const child = spawn(process.execPath, [...flags, CLI, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve) => child.on("close", (status) => resolve({ status, stdout, stderr })));
}
