import type { Collection, StoredAnnotation } from "../../collection/index.ts";
import { OrcaError } from "../../errors.ts";
import { agreement, labelsAbove } from "../../labels/index.ts";
import { printable } from "../print.ts";
import { table } from "../table.ts";

/** Two people's labels side by side, as a table: a row a label, by the windows of the collection that both have judged. */
export async function agreementLines(
  collection: Collection,
  people: readonly string[],
  labels: readonly string[],
): Promise<string> {
  const [first, second] = people;
  if (first === undefined || second === undefined || people.length > 2)
    throw new OrcaError("bad_option", `--agree compares two people, and ${people.length} are named.`, {
      field: "agree",
    });
  const annotations: StoredAnnotation[] = [];
  for await (const annotation of collection.annotations())
    if (people.includes(annotation.by)) annotations.push(annotation);
  for (const by of people)
    if (!annotations.some((annotation) => annotation.by === by))
      throw new OrcaError("bad_option", `Nobody called ${by} has labelled anything here.`, {
        field: "agree",
        hint: "orca-embed label COLLECTION lists who has.",
      });
  const judged = await judgedWindows(collection, annotations);
  const all = [...new Set(annotations.flatMap(({ label }) => labelsAbove(label)))].sort();
  const wanted = labels.length === 0 ? all : labels;
  const rows = wanted.map((label) => {
    const {
      both,
      first: one,
      second: other,
      neither,
      share,
      kappa,
    } = agreement(judged, annotations, [first, second], label);
    return [printable(label), ...[both, one, other, neither].map(String), figure(share), figure(kappa)];
  });
  const titles = [
    "label",
    "both",
    `only ${printable(first)}`,
    `only ${printable(second)}`,
    "neither",
    "share",
    "kappa",
  ];
  return table(titles, rows);
}

const figure = (value: number) => (Number.isNaN(value) ? "-" : value.toFixed(3));

/** Windows that some label overlaps; others nobody has judged. */
async function judgedWindows(collection: Collection, annotations: readonly StoredAnnotation[]) {
  const recordings = [...new Set(annotations.map(({ recording }) => recording))];
  const names = new Map<number, string>();
  for await (const { id, name } of collection.recordings()) names.set(id, name);
  const windows: { recording: string; start: number; end: number }[] = [];
  for await (const block of collection.blocks({ filter: { recordings }, vectors: false }))
    for (let at = 0; at < block.count; at++)
      windows.push({
        recording: names.get(block.recordings[at] as number) ?? "",
        start: block.starts[at] as number,
        end: block.ends[at] as number,
      });
  return windows;
}
