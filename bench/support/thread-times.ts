import { readFile } from "node:fs/promises";

/**
 * Milliseconds that a process' first thread has computed, and has waited for a CPU that others had
 * (Documentation/scheduler/sched-stats.rst: the first two of schedstat); NaN elsewhere than on Linux.
 */
export async function threadTimes(pid: number): Promise<{ computed: number; waited: number }> {
  const text = await readFile(`/proc/${pid}/task/${pid}/schedstat`, "utf8").catch(() => "");
  const [computed = Number.NaN, waited = Number.NaN] = text.split(" ").map((nanoseconds) => Number(nanoseconds) / 1e6);
  return { computed, waited };
}
