import { basename } from "node:path";
import { Command } from "commander";
import { CollectionFolder, collectionPath } from "../../collection/folder.node.ts";
import { counted } from "../../counted.ts";
import { OrcaError } from "../../errors.ts";
import {
  countsOf,
  type Head,
  headText,
  hopliteText,
  judge,
  judgementSummary,
  outOfFoldOf,
  train,
} from "../../heads/index.ts";
import type { ValuesOf } from "../../options/index.ts";
import { kernelsModule } from "../../runtime.node.ts";
import { VERSION } from "../../version.ts";
import { Draft } from "../draft.ts";
import { withOptions } from "../options.ts";
import { printLine, printNote } from "../print.ts";
import { collected } from "./collected.ts";
import { TRAIN } from "./options.ts";
import { atThreshold, UNLABELLED_ARE_BACKGROUND, withThresholds } from "./wishes.ts";

export function trainCommand(): Command {
  const command = new Command("train")
    .description("A head from a collection's labels: a small classifier that runs wherever embeddings are made.")
    .argument("<collection>", "a folder that orca-embed collect, or perch-hoplite, wrote");
  return withOptions(command, TRAIN, (given: string, read) => trainOne(given, read()));
}

async function trainOne(given: string, chosen: ValuesOf<typeof TRAIN>): Promise<void> {
  const { classes, out, group, folds, balance, weak, calibration, strengths, by, background } = chosen;
  if (classes.length === 0) {
    throw new OrcaError("bad_option", "--classes names no label.", {
      field: "classes",
      hint: "Like --classes orca,humpback; orca-embed label COLLECTION lists the labels.",
    });
  }
  const twice = classes.find((name, at) => classes.indexOf(name) !== at);
  if (twice !== undefined)
    throw new OrcaError("bad_option", `--classes: ${JSON.stringify(twice)} is named twice.`, {
      field: "classes",
      hint: "Name it once.",
    });
  const folder = await CollectionFolder.open(await collectionPath(given, chosen.model));
  try {
    const { collection } = folder;
    const windows = await collected(await kernelsModule(), collection, {
      classes,
      by,
      group,
      background,
      learns: true,
    });
    const { examples, embeddings, places } = windows;
    const { model } = collection;
    const labelled = places.filter((_, row) => examples.weak[row] === 0);
    const training = train(
      embeddings,
      examples,
      {
        id: idOf(out),
        model: {
          id: model.id,
          dimensions: model.dimensions,
          ...(model.sha256 === undefined ? {} : { sha256: model.sha256 }),
          ...(model.variant === undefined ? {} : { variant: model.variant }),
        },
        training: {
          date: new Date().toISOString(),
          version: VERSION,
          collection: basename(given),
          labelsBy: windows.people,
          group,
          recordings: [...new Set(labelled.map(({ recording }) => recording))].sort(),
        },
      },
      { strengths, folds, balance, weakWeight: weak, calibration },
    );
    const judged = outOfFoldOf(training, windows);
    const head = withThresholds(training.head, judged, chosen);
    const judgement = judge({ ...judged, thresholds: head.classes.map(({ threshold }) => threshold) });
    const kept: Head = { ...head, judged: { how: `judged by folds by ${group}`, ...judgementSummary(judgement) } };
    await save(out, headText(kept));
    if (chosen.hoplite !== undefined) await save(chosen.hoplite, hopliteText(kept));
    for (const [k, one] of judgement.classes.entries()) {
      const { positives, negatives, positiveGroups } = countsOf(examples, examples.labels[k] as Uint8Array);
      const says =
        one.tooFew ?? `ROC-AUC ${figure(one.rocAuc)}, average precision ${figure(one.averagePrecision)} by ${group}`;
      printLine(
        `${one.name}: ${positives} positive windows of ${counted(positiveGroups, group)}, ${negatives} negative: ${says}`,
      );
      printLine(`${one.name}: ${atThreshold(one)}`);
    }
    printLine(`${out}: C ${training.C}, cmAP ${figure(judgement.averagePrecision)}`);
    if (examples.weak.includes(1)) printNote(UNLABELLED_ARE_BACKGROUND);
    if (model.weights === "seeded")
      printNote("The model's weights are seeded, not trained: so is what this head has learned.");
  } finally {
    folder.close();
  }
}

const figure = (value: number | null) => (value === null ? "not to be judged" : value.toFixed(3));

function idOf(out: string): string {
  const id = basename(out)
    .replace(/(\.head)?\.json$/, "")
    .replaceAll(/[^a-zA-Z0-9._-]/g, "-")
    .replace(/^[^a-zA-Z0-9]+/, "")
    .slice(0, 64);
  return id === "" ? "head" : id;
}

export async function save(path: string, text: string): Promise<void> {
  const draft = new Draft(path);
  await draft.write(text);
  await draft.keep();
}
