import { spawn } from "node:child_process";
import { OrcaError } from "../../errors.ts";

/** Characters of what a program says that are kept for messages: the last ones. */
const SHOWN = 200;

/**
 * Runs a program, without a shell, and waits for it.
 * @param input  for its standard input @param within  ms, after which it is killed
 * @returns its exit code, undefined where a signal ended it, and the end of what it said on standard error
 * Throws `bad_option` where it cannot be started.
 */
export function execute(
  [program = "", ...args]: readonly string[],
  input: string,
  variables: Readonly<Record<string, string>>,
  within: number,
  signal: AbortSignal,
): Promise<{ readonly code: number | undefined; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      shell: false,
      stdio: ["pipe", "ignore", "pipe"],
      env: { ...process.env, ...variables },
      timeout: within,
      killSignal: "SIGKILL",
      signal,
    });
    let text = "";
    child.stderr.setEncoding("utf8");
    child.stderr.on("data", (part: string) => {
      text = (text + part).slice(-SHOWN);
    });
    child.on("error", (error) =>
      reject(
        new OrcaError("bad_option", `${program} cannot be run: ${error.message}.`, { field: "command", cause: error }),
      ),
    );
    child.on("close", (code) => resolve({ code: code ?? undefined, text: text.trim() }));
    // A program that reads nothing is none the worse for it.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}
