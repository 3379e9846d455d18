import { SEEDED_WARNING } from "../../embed/index.ts";
import { asOrcaError, OrcaError } from "../../errors.ts";
import { planTasks, runTasks, type Shard, shardOf } from "../../jobs/index.ts";
import { checkModel, formatSettings, modelSettings, type Settings, type Sink } from "../../options/index.ts";
import { isRemote } from "../../remote/index.ts";
import { nodeRuntime, type Runtime } from "../../runtime.node.ts";
import { chosenHeads, madeHeads } from "../heads/chosen.ts";
import { WORDS } from "../options.ts";
import { printNote } from "../print.ts";
import {
  type Found,
  findInNode,
  findRecordings,
  ListingKeeper,
  type NodeRequest,
  type Taking,
} from "../recordings/index.ts";
import { remoteClient } from "../remote-options.ts";
import type { Setup } from "./extract-one.ts";
import { isResultName } from "./formats.ts";
import { ChildHand, type ExtractingHand, ownHand } from "./hands.ts";
import { Keeper } from "./keeper.ts";
import { EXTRACT } from "./options.ts";
import type { PlannedTask } from "./planned-task.ts";
import { Report } from "./report.ts";
import type { ResultStore } from "./result-store.ts";
import { openResultsBucket } from "./results-bucket.ts";
import { type OpenResults, openResultsFolder } from "./results-folder.ts";
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
  readonly shard: Shard | undefined;
  /** Whether shards may write to one place side by side. */
  readonly shares: boolean;
  /** In place of what is given. */
  readonly node: NodeRequest | undefined;
  /** What is read in place of recordings: by its name, in folders of results too. */
  readonly takes?: Taking;
  /** What decides the numbers of each of `models`; where it is left out they are asked. */
  readonly settings?: ReadonlyMap<string, Settings>;
  /** Where results lie in the end. @param setup  with the folder of drafts; @param found  what is to be read */
  store(setup: Setup, found: Found): ResultStore;
}

/** Embeddings of recordings as files in a folder. Returns how many results failed. Throws OrcaError. */
export async function run(request: Request): Promise<number> {
  const { setup, given } = request;
  // What lies on a disk is looked for before anything is made; a listing is kept where results go.
  const early = request.node === undefined && !given.some(isRemote) ? await find(request) : undefined;
  if (early !== undefined) checkStart(early, setup);
  const runtime = await nodeRuntime(setup.models);
  const settings = request.settings ?? (await settingsOf(request, runtime));
  const results = await openResults(request);
  try {
    const found = early ?? (await find(request, results.listings));
    checkStart(found, setup);
    return await runIn(results, request, found, settings, runtime);
  } finally {
    await results.close();
  }
}

function openResults({ setup: { out, remote }, shard, shares }: Request): Promise<OpenResults> {
  return isRemote(out)
    ? openResultsBucket(out, remoteClient(remote))
    : openResultsFolder(out, shares ? shard : undefined);
}

/** @param listings  how paths of listings begin that are made */
async function find({ given, node, base, setup, takes }: Request, listings?: string): Promise<Found> {
  const client = remoteClient(setup.remote);
  const options = {
    ...(isRemote(setup.out) ? {} : { results: setup.out }),
    raw: setup.options.raw !== undefined,
    ...(takes === undefined ? { isResult: isResultName } : { takes }),
    client,
    ...(listings === undefined ? {} : { listings: new ListingKeeper(listings) }),
    ...(base === undefined ? {} : { base }),
  };
  if (node === undefined) return await findRecordings(given, options);
  const found = await findInNode(node, client, options);
  printNote(...found.notes);
  return found;
}

async function runIn(
  results: OpenResults,
  request: Request,
  found: Found,
  models: ReadonlyMap<string, Settings>,
  runtime: Runtime,
): Promise<number> {
  const { sinks, redo, shard } = request;
  const setup = { ...request.setup, drafts: results.drafts };
  const { layout, out } = setup;
  const store = request.store(setup, found);
  const plan = await planTasks(
    {
      recordings: shard === undefined ? found.recordings : shardOf(found.recordings, shard),
      models,
      formats: sinks,
      looks: (format) => formatSettings(EXTRACT, format, layout),
      out,
      redo,
      isThere: (...result) => store.has(...result),
    },
    results.manifest,
  );
  sayBefore(plan, found, results.manifest.damaged);
  const report = new Report(plan.tasks);
  const hands = handsFor(plan.tasks, { ...request, setup }, runtime);
  const end = () => {
    for (const hand of hands) hand.stop();
    report.stop();
  };
  const stop = new Stop(() => {
    end();
    results.abandon();
  });
  const keeper = new Keeper(results.manifest, models, setup, store, report, plan.tasks);
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

/**
 * One recording is read by this process itself: no other has to start, and there is nothing else to protect. So are stored
 * embeddings, which no decoder or net can crash.
 */
function handsFor(tasks: readonly PlannedTask[], { jobs, setup }: Request, runtime: Runtime): ExtractingHand[] {
  if (tasks.length === 1 || (setup.stored === true && jobs === 1)) return [ownHand(setup, runtime)];
  return Array.from({ length: Math.min(jobs, tasks.length) }, () => new ChildHand(setup));
}

async function settingsOf({ models, setup }: Request, { store }: Runtime): Promise<Map<string, Settings>> {
  const settings = new Map<string, Settings>();
  const heads = setup.headFiles === undefined ? undefined : madeHeads(await chosenHeads(setup.headFiles));
  for (const model of models) {
    const entry = await store.entry(model);
    checkModel(EXTRACT, entry.description, setup, WORDS);
    settings.set(model, modelSettings(EXTRACT, entry, { ...setup, heads }));
    if (entry.weights === "seeded") printNote(`${model}: ${SEEDED_WARNING}`);
  }
  return settings;
}

function checkStart({ recordings }: Found, { options: { start } }: Setup): void {
  if (start === undefined || recordings.length <= 1) return;
  const what = `--start ${new Date(start.utc).toISOString()} cannot be the start of ${recordings.length} recordings.`;
  throw new OrcaError("bad_option", what, { field: "start", hint: "Give one recording, or leave --start away." });
}
