import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Sink } from "../../options/index.ts";
import type { Recording } from "../recordings/index.ts";
import type { Outcome, Setup, Task } from "./extract-one.ts";
import { resultName } from "./formats.ts";
import type { PlannedTask } from "./planned-task.ts";

/** Where a run's results lie in the end. */
export interface ResultStore {
  /** What is said of a result: where it is. */
  place(task: Task): string;
  /** Whether what the manifest says was made is there. */
  has(recording: Recording, model: string, sink: Sink): Promise<boolean>;
  /** Takes in what a process has made, before the manifest says so: a run that is killed in between makes it again. */
  take(task: PlannedTask, outcome: Outcome): Promise<void>;
  /** All is done that will be done, for these models. */
  finish(models: Iterable<string>): Promise<void>;
  close(): void;
}

/** Files in a folder, which the processes put in their places themselves. */
export function filesStore({ out }: Pick<Setup, "out">): ResultStore {
  return {
    place: ({ name, model, formats }) =>
      formats.map((format) => (format === "collection" ? "" : join(out, resultName(name, model, format)))).join(" "),
    has: async ({ name }, model, sink) =>
      sink !== "collection" &&
      (await stat(join(out, resultName(name, model, sink))).then(
        () => true,
        () => false,
      )),
    take: async () => undefined,
    finish: async () => undefined,
    close: () => undefined,
  };
}
