import { basename, join } from "node:path";
import { Command } from "commander";
import { CollectionFolder, collectionPath } from "../../collection/folder.node.ts";
import { OrcaError } from "../../errors.ts";
import {
  type CallDensity,
  type Examples,
  fitOutOfFold,
  HeadStage,
  headText,
  type Judged,
  type Judgement,
  judge,
  judgementSummary,
  type LoadedHead,
} from "../../heads/index.ts";
import { makeFolder } from "../../make-folder.node.ts";
import type { ValuesOf } from "../../options/index.ts";
import { judgementPage } from "../../output/index.ts";
import { kernelsModule } from "../../runtime.node.ts";
import { withOptions } from "../options.ts";
import { printLine, printNote } from "../print.ts";
import { auditOf } from "./audit.ts";
import { loadHead } from "./chosen.ts";
import { type Collected, collected } from "./collected.ts";
import { JUDGE } from "./options.ts";
import { runningModel } from "./running-model.ts";
import { save } from "./train.ts";
import { atThreshold, UNLABELLED_ARE_BACKGROUND, withThresholds } from "./wishes.ts";

/** How the windows were judged. */
export type JudgedHow =
  | "judged by windows of recordings that it did not learn from"
  | "judged by folds: each window by a fit that did not see its recording"
  | "what it learned from is not known: windows that it saw may be among these";

export interface JudgedHead {
  readonly id: string;
  readonly sha256: string;
  readonly how: JudgedHow;
  readonly judgement: Judgement;
  /** How many calls there are in all, by an audit. */
  readonly calls?: Readonly<Record<string, CallDensity>>;
}

export function judgeCommand(): Command {
  const command = new Command("judge")
    .description("How well heads do on a collection's labels: figures as JSON, and a report with pictures.")
    .argument("<collection>", "a folder that orca-embed collect, or perch-hoplite, wrote");
  return withOptions(command, JUDGE, (given: string, read) => judgeAll(given, read()));
}

async function judgeAll(given: string, chosen: ValuesOf<typeof JUDGE>): Promise<void> {
  const { head: files = [], out } = chosen;
  if (files.length === 0)
    throw new OrcaError("bad_option", "--head names no head.", { field: "head", hint: "orca-embed train makes one." });
  const heads = await Promise.all(files.map(loadHead));
  const folder = await CollectionFolder.open(await collectionPath(given, chosen.model ?? modelOf(heads)));
  try {
    const { collection } = folder;
    const kernels = await kernelsModule();
    const results: JudgedHead[] = [];
    for (const [at, loaded] of heads.entries()) {
      // Throws where the head is of another model or weights.
      const stage = new HeadStage(kernels, runningModel(collection.model), [loaded], [], { site: chosen.site });
      const { head } = loaded;
      const classes = head.classes.map(({ name }) => name);
      const windows = await collected(kernels, collection, { ...chosen, classes });
      const { how, judged } = judgedBy(loaded, stage, windows);
      const wished = withThresholds(head, judged, chosen);
      const judgement = judge({ ...judged, thresholds: wished.classes.map(({ threshold }) => threshold) });
      const calls = chosen.audit === undefined ? undefined : await auditOf(collection, kernels, loaded, chosen.audit);
      results.push({ id: head.id, sha256: loaded.sha256, how, judgement, ...(calls === undefined ? {} : { calls }) });
      if (at === 0 && chosen.save !== undefined)
        await save(chosen.save, headText({ ...wished, judged: { how, ...judgementSummary(judgement) } }));
      say(results.at(-1) as JudgedHead, judged.examples.weak.includes(1));
    }
    await makeFolder(out);
    const report = {
      collection: basename(given),
      model: collection.model.id,
      made: new Date().toISOString(),
      heads: results,
    };
    await save(join(out, "judgement.json"), `${JSON.stringify(report, undefined, 1)}\n`);
    await save(join(out, "report.html"), judgementPage(report));
    printLine(`${join(out, "report.html")}: see it in a browser`);
  } finally {
    folder.close();
  }
}

export const modelOf = (heads: readonly LoadedHead[]) => {
  const [first] = heads;
  return first === undefined || first.head.model.id === "unknown" ? undefined : first.head.model.id;
};

/** Each window by weights that did not see it: the head where it did not learn from the recording, folds where it did. */
function judgedBy({ head }: LoadedHead, stage: HeadStage, windows: Collected): { how: JudgedHow; judged: Judged } {
  const { examples, embeddings, places, sites, hop } = windows;
  const { recordings, C, folds } = (head.training ?? {}) as {
    recordings?: readonly string[];
    C?: number;
    folds?: number;
  };
  const seen = new Set(recordings);
  const own = places.map(({ recording }) => !seen.has(recording));
  const judged = (probabilities: readonly Float64Array[], within: Examples): Judged => ({
    examples: within,
    probabilities,
    thresholds: head.classes.map(({ threshold }) => threshold),
    sites,
    hop,
  });
  const itself = head.classes.map(() => new Float64Array(places.length));
  for (let row = 0; row < places.length; row++) {
    const { heads } = stage.score(embeddings.row(row).slice(), undefined);
    for (const [k, { name }] of head.classes.entries())
      (itself[k] as Float64Array)[row] = heads[head.id]?.[name] ?? Number.NaN;
  }
  if (recordings === undefined)
    return {
      how: "what it learned from is not known: windows that it saw may be among these",
      judged: judged(itself, examples),
    };
  const fresh = (row: number) => own[row] === true && examples.weak[row] === 0;
  const freshGroups = new Set(examples.groups.filter((_, row) => fresh(row)));
  if (freshGroups.size > 0) {
    const probabilities = itself.map((values) => values.map((value, row) => (own[row] === true ? value : Number.NaN)));
    return {
      how: "judged by windows of recordings that it did not learn from",
      judged: judged(probabilities, examples),
    };
  }
  const balance = head.training?.balance === "none" ? "none" : "balanced";
  const weakWeight = typeof head.training?.weakWeight === "number" ? head.training.weakWeight : 0.05;
  const probabilities = fitOutOfFold(embeddings, examples, head, { C: C ?? 1, folds: folds ?? 5, balance, weakWeight });
  return {
    how: "judged by folds: each window by a fit that did not see its recording",
    judged: judged(probabilities, examples),
  };
}

function say({ id, how, judgement, calls }: JudgedHead, background: boolean): void {
  const figure = (value: number | null) => (value === null ? "-" : value.toFixed(3));
  printNote(`${id}: ${how}.`);
  for (const one of judgement.classes) {
    const figures = `ROC-AUC ${figure(one.rocAuc)}, average precision ${figure(one.averagePrecision)}; ${atThreshold(one)}`;
    printLine(`${id} ${one.name}: ${one.tooFew === undefined ? figures : `${one.tooFew} (${figures})`}`);
    const density = calls?.[one.name];
    if (density !== undefined)
      printLine(
        `${id} ${one.name}: a call in ${percent(density.density)} of windows (${percent(density.low)} to ${percent(density.high)})`,
      );
  }
  if (background) printNote(UNLABELLED_ARE_BACKGROUND);
  printLine(`${id}: cmAP ${figure(judgement.averagePrecision)}`);
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
