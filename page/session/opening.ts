/** Opening what was dropped, chosen or linked to: a bundle is looked at, recordings are sent. */
import { endingOf, RECORDING_ENDINGS } from "../../src/audio/formats.ts";
import { OrcaError } from "../../src/errors.ts";
import { type BundleFiles, servedFiles } from "../bundle/bundle-files.ts";
import { BundleView } from "../bundle/bundle-view.ts";
import { bundleAmong, chosenFiles, droppedFiles, zippedFiles } from "../bundle/dropped.ts";
import { PageHead } from "../heads/page-head.ts";
import { importLabels } from "../labels/tables.ts";
import { troubleIn } from "../teller.ts";
import type { Session } from "./session.ts";
import type { View } from "./view.ts";

declare const BUNDLE_WORKER: string;
declare const UMAP_WORKER: string;

/** Takes files of any kind. */
export async function openFiles(view: View, files: ReadonlyMap<string, File>): Promise<void> {
  if (files.size === 0) return;
  const { session } = view;
  await attempt(session, [...files.keys()][0] as string, async () => {
    const bundle = await bundleAmong(files);
    if (bundle !== undefined) return showBundle(session, bundle);
    closeBundle(session);
    const tables = [...files.values()].filter(({ name }) => TABLE.test(name));
    const heads = [...files.values()].filter(({ name }) => HEAD.test(name));
    // Tables of labels and heads that come along, or by themselves, are of what is here.
    if (tables.length + heads.length < files.size) view.send(recordingsAmong(files));
    for (const table of tables) await importLabels(view, table);
    // One finds events at a time: the last.
    const head = heads.at(-1);
    if (head !== undefined) view.detector.take(await PageHead.open(head, view.model, session.runs.pipelines));
  });
}

const TABLE = /\.(txt|csv|tsv)$/i;
const HEAD = /\.json$/i;

/** Of a folder what is called as no recording is left where it is; a file that is dropped itself may be called anything. */
const isRecording = (path: string) => {
  const ending = endingOf(path);
  // Segments of MPEG-TS have no ending of their own, and a folder of recordings has no other files of this one.
  return !path.includes("/") || RECORDING_ENDINGS.has(ending) || ending === "ts";
};

function recordingsAmong(files: ReadonlyMap<string, File>): File[] {
  const found = [...files]
    .filter(([path]) => isRecording(path) && !TABLE.test(path) && !HEAD.test(path))
    .map(([, file]) => file)
    .sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  if (found.length > 0) return found;
  throw new OrcaError("not_audio", "No recording lies in this folder, and no projector_config.json of a bundle.", {
    hint: "WAV, AIFF, FLAC, MP3, Ogg, AAC and MPEG-TS are read.",
  });
}

export const openChosen = (view: View, files: Iterable<File>) => openFiles(view, chosenFiles(files));

/** @param transfer  of the drop's event, while that is being handled */
export const openDropped = async (view: View, transfer: DataTransfer) => openFiles(view, await droppedFiles(transfer));

/** A bundle's zip, as the export gives it. */
export async function openZip(session: Session, name: string, zip: Blob): Promise<void> {
  await attempt(session, name, async () => showBundle(session, await zippedFiles(name, zip)));
}

/** @param config  a path of this server, from the page's own address */
export async function openLinked(session: Session, config: string): Promise<void> {
  await attempt(session, "The link's bundle", async () => showBundle(session, servedFiles(config, location)));
}

export function closeBundle(session: Session): void {
  if (session.bundle === undefined) return;
  session.bundle.close();
  session.bundle = undefined;
  session.failures = [];
  session.say("");
  if (location.search !== "") history.replaceState(undefined, "", location.pathname);
}

async function showBundle(session: Session, files: BundleFiles): Promise<void> {
  closeBundle(session);
  const bundle = new BundleView(files, session, { bundle: BUNDLE_WORKER, umap: UMAP_WORKER });
  session.bundle = bundle;
  session.changed();
  await bundle.open();
}

async function attempt(session: Session, about: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    session.fail(about, { ...troubleIn(thrown), title: "This cannot be opened" });
  }
}
