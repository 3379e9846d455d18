/** What lies beside the bundle in a file that holds all of a page: its labels, its sound, and what was looked at. */
import type { HeldFiles } from "../bundle/dropped.ts";
import { importLabels } from "../labels/tables.ts";
import type { Colouring } from "../views/scatter.ts";
import type { View } from "./view.ts";

/** The names of these files; of a recording's sound its own name stands behind. */
export const SHARED = { labels: "labels.csv", view: "view.json", sound: "sound/" } as const;

export interface SharedView {
  readonly model: string;
  readonly colouring: Colouring;
  readonly column?: string;
  /** The recording that was open, and the seconds that were shown of it. */
  readonly recording?: string;
  readonly span?: readonly [number, number];
}

/** A recording's sound, where it came along. */
export const sharedSound = ({ files }: HeldFiles, recording: string) => files.get(SHARED.sound + recording);

/** Takes the labels that came along, and looks at what was looked at. */
export async function takeShared(view: View, { files }: HeldFiles): Promise<void> {
  const labels = files.get(SHARED.labels);
  if (labels !== undefined) await importLabels(view, new File([await labels()], SHARED.labels));
  const seen = files.get(SHARED.view);
  if (seen === undefined) return;
  // Another program's file of this name says nothing that is known here.
  const { model, colouring, column, recording, span } = JSON.parse(await (await seen()).text()) as Partial<SharedView>;
  if (model !== undefined && view.models.includes(model)) view.setModel(model);
  if (colouring !== undefined) view.windows.colouring = colouring;
  view.windows.column = column;
  const open = view.session.recordings.find(({ name }) => name === recording);
  if (open === undefined) return;
  view.open(open);
  if (span?.length === 2 && span.every(Number.isFinite)) view.setSpan(open, span);
}
