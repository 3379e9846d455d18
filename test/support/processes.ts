import { readFileSync } from "node:fs";

/** Whether Linux says which processes a process has started. */
export const childrenAreKnown = process.platform === "linux";
if (!childrenAreKnown) console.warn("Skipped: what needs the children of a process, because this is not Linux.");

/** The processes that a process has started and that are there. */
export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** A process that ended and was not yet waited for is not alive. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** Waits until it is so, looking often. Throws after `within` ms: it hangs. */
export async function until(what: () => boolean, within = 60_000): Promise<void> {
  const from = Date.now();
  while (!what()) {
    if (Date.now() - from > within) throw new Error(`Not within ${within} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
