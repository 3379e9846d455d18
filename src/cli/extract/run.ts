import { SEEDED_WARNING } from "../../embed/index.ts";
import { asOrcaError, OrcaError } from "../../errors.ts";
import { checkModel, modelSettings, type Settings, type Sink } from "../../options/index.ts";
import { nodeRuntime, type Runtime } from "../../runtime.node.ts";
import { WORDS } from "../options.ts";
import { printNote } from "../print.ts";
import { type Found, findRecordings } from "../recordings/index.ts";
import type { Setup } from "./extract-one.ts";
import { isResultName } from "./formats.ts";
import { ChildHand, type Hand, ownHand } from "./hands.ts";
import { Keeper } from "./keeper.ts";
import { EXTRACT } from "./options.ts";
import { planTasks } from "./plan.ts";
import type { PlannedTask } from "./planned-task.ts";
import { Report } from "./report.ts";
import type { ResultStore } from "./result-store.ts";
import { ResultsFolder } from "./results-folder.ts";
import { runTasks } from "./run-tasks.ts";
import { sayAfter, sayBefore } from "./say.ts";
import { Stop } from "./stop.ts";

export interface Request {
  /** Files, folders and patterns. */
  readonly given: readonly string[];
  /** Ids of the models, each once. */
  readonly models: readonly string[];
  readonly sinks: readonly Sink[];
  readonly setup: Setup;
  /** Processes. */
  readonly jobs: number;
  /** Whether what is there is made again. */
  readonly redo: boolean;
  /** Names of results are relative to it. */
  readonly base: string | undefined;
  /** Where results lie in the end. @param setup  with the folder of drafts; @param found  what is to be read */
  store(setup: Setup, found: Found): ResultStore;
}

/** Embeddings of recordings as files in a folder. Returns how many results failed. Throws OrcaError. */
export async function run(request: Request): Promise<number> {
  const { setup, base } = request;
  const found = await findRecordings(request.given, {
    results: setup.out,
    raw: setup.options.raw !== undefined,
    isResult: isResultName,
    ...(base === undefined ? {} : { base }),
  });
  checkStart(found, setup);
  const runtime = await nodeRuntime(setup.models);
  const settings = await settingsOf(request, runtime);
  const folder = await ResultsFolder.open(setup.out);
  try {
    return await runIn(folder, request, found, settings, runtime);
  } finally {
    await folder.close();
  }
}

async function runIn(
  folder: ResultsFolder,
  request: Request,
  found: Found,
  models: ReadonlyMap<string, Settings>,
  runtime: Runtime,
): Promise<number> {
  const { sinks, redo } = request;
  const setup = { ...request.setup, drafts: folder.drafts };
  const { layout, out } = setup;
  const store = request.store(setup, found);
  const wanted = { recordings: found.recordings, models, formats: sinks, layout, out, redo, store };
  const plan = await planTasks(wanted, folder.manifest);
  sayBefore(plan, found, folder.manifest);
  const report = new Report(plan.tasks);
  const hands = handsFor(plan.tasks, { ...request, setup }, runtime);
  const end = () => {
    for (const hand of hands) hand.stop();
    report.stop();
  };
  const stop = new Stop(() => {
    end();
    folder.abandon();
  });
  const keeper = new Keeper(folder.manifest, models, setup, store, report, plan.tasks);
  try {
    await runTasks(plan.tasks, hands, keeper);
    await store.finish(models.keys());
  } catch (thrown) {
    // Work had begun: that is not the code of a run that could not begin.
    if (asOrcaError(thrown).code === "unwritable") process.exitCode = 1;
    throw thrown;
  } finally {
    stop.forget();
    end();
    store.close();
  }
  return sayAfter(plan, found, keeper.tally, report);
}

/** One recording is read by this process itself: no other has to start, and there is nothing else to protect. */
function handsFor(tasks: readonly PlannedTask[], { jobs, setup }: Request, runtime: Runtime): Hand[] {
  if (tasks.length === 1) return [ownHand(setup, runtime)];
  return Array.from({ length: Math.min(jobs, tasks.length) }, () => new ChildHand(setup));
}

async function settingsOf({ models, setup }: Request, { store }: Runtime): Promise<Map<string, Settings>> {
  const settings = new Map<string, Settings>();
  for (const model of models) {
    const entry = await store.entry(model);
    checkModel(EXTRACT, entry.description, setup, WORDS);
    settings.set(model, modelSettings(EXTRACT, entry, setup));
    if (entry.weights === "seeded") printNote(`${model}: ${SEEDED_WARNING}`);
  }
  return settings;
}

function checkStart({ recordings }: Found, { options: { start } }: Setup): void {
  if (start === undefined || recordings.length <= 1) return;
  const what = `--start ${new Date(start.utc).toISOString()} cannot be the start of ${recordings.length} recordings.`;
  throw new OrcaError("bad_option", what, { field: "start", hint: "Give one recording, or leave --start away." });
}
