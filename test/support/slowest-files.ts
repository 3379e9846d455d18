import type { Reporter, TestModule } from "vitest/node";

/** Files that are named at the end of a run. */
const NAMED = 20;

/** A reporter that says which files took most of the time. */
export default class SlowestFiles implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const times = modules.map((module) => {
      const { duration, setupDuration, collectDuration } = module.diagnostic();
      return { file: module.relativeModuleId, seconds: (duration + setupDuration + collectDuration) / 1000 };
    });
    times.sort((a, b) => b.seconds - a.seconds);
    const sum = times.reduce((total, { seconds }) => total + seconds, 0);
    console.log(
      `\nThe ${Math.min(NAMED, times.length)} slowest of ${times.length} files, ${sum.toFixed(0)} s together:`,
    );
    for (const { file, seconds } of times.slice(0, NAMED)) console.log(`${seconds.toFixed(1).padStart(7)} s  ${file}`);
  }
}
