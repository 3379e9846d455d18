/** Opening what was dropped, chosen or linked to: recordings, collections, bundles, tables of labels, heads. */
import { endingOf, RECORDING_ENDINGS } from "../../src/audio/formats.ts";
import { OrcaError } from "../../src/errors.ts";
import { type BundleFiles, servedFiles } from "../bundle/bundle-files.ts";
import { bundleAmong, chosenFiles, droppedFiles, heldAmong } from "../bundle/dropped.ts";
import { openBundle, type SoundOf } from "../bundle/open-bundle.ts";
import { collectionsAmong, DATABASE, openCollection } from "../bundle/open-collection.ts";
import { PageHead } from "../heads/page-head.ts";
import { importLabels } from "../labels/tables.ts";
import { troubleIn } from "../teller.ts";
import { fetchCollection, servedCollections } from "./served-collections.ts";
import type { Session } from "./session.ts";
import { sharedSound, takeShared } from "./shared-view.ts";
import type { View } from "./view.ts";

/** Takes files of any kind. */
export async function openFiles(view: View, files: ReadonlyMap<string, File>): Promise<void> {
  if (files.size === 0) return;
  const { session } = view;
  const [first = ""] = files.keys();
  await attempt(session, first, async () => {
    // What lies in an archive is opened as if it lay in a folder.
    const held = await heldAmong(files);
    const size = (path: string) => files.get(path)?.size;
    const collections = collectionsAmong(held.name, held.files, size);
    const bundle = bundleAmong(held);
    for (const collection of collections) {
      const { model } = await openCollection(session, view.labels, collection);
      view.setModel(model);
    }
    if (bundle !== undefined) {
      await showBundle(view, bundle, (recording) => sharedSound(held, recording));
      await takeShared(view, held);
    }
    if (collections.length > 0 || bundle !== undefined) return;
    if (held.archive) throw nothingIn(held.name);
    await openLoose(view, files);
  });
}

async function openLoose(view: View, files: ReadonlyMap<string, File>): Promise<void> {
  const tables = [...files.values()].filter(({ name }) => TABLE.test(name));
  const heads = [...files.values()].filter(({ name }) => HEAD.test(name));
  // Tables of labels and heads that come along, or by themselves, are of what is here.
  if (tables.length + heads.length < files.size) view.send(recordingsAmong(files));
  for (const table of tables) await importLabels(view, table);
  // One finds events at a time: the last.
  const head = heads.at(-1);
  if (head !== undefined) view.detector.take(await PageHead.open(head, view.model, view.session.runs.pipelines.heads));
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
  throw new OrcaError(
    "not_audio",
    `No recording lies in this folder, no ${DATABASE} of a collection, and no projector_config.json of a bundle.`,
    { hint: "WAV, AIFF, FLAC, MP3, Ogg, AAC and MPEG-TS are read." },
  );
}

const nothingIn = (name: string) =>
  new OrcaError("bundle_invalid", `${name} has no projector_config.json in it, and no ${DATABASE}.`, {
    field: name,
    hint: "Recordings are taken as they are, not as archives; a bundle's zip has the config and the files that it names, a collection's its database.",
  });

export const openChosen = (view: View, files: Iterable<File>) => openFiles(view, chosenFiles(files));

/** @param transfer  of the drop's event, while that is being handled */
export const openDropped = async (view: View, transfer: DataTransfer) => openFiles(view, await droppedFiles(transfer));

/** What the page's own address asks for: `?config=` a bundle of this server, `?collection=` a collection. */
export async function openLinked(view: View, query: URLSearchParams): Promise<void> {
  const [config, collection] = [query.get("config"), query.get("collection")];
  if (config !== null)
    await attempt(view.session, "The link's bundle", async () => showBundle(view, servedFiles(config, location)));
  if (collection !== null) await openServed(view, collection, query.get("model") ?? undefined);
}

/** A collection of this server. @param model  the only one that is wanted, where it has several */
export async function openServed(view: View, name: string, model: string | undefined): Promise<void> {
  const { session, labels } = view;
  await attempt(session, name, async () => {
    session.say(`Fetching ${name} …`);
    const all = (await servedCollections()).filter(
      (one) => one.name === name && (model === undefined || one.model === model),
    );
    if (all.length === 0) throw new OrcaError("not_found", `This server has no collection ${name}.`);
    for (const one of all) {
      for (const files of await fetchCollection(one)) {
        const opened = await openCollection(session, labels, files);
        view.setModel(opened.model);
      }
    }
  });
}

async function showBundle(view: View, files: BundleFiles, sound: SoundOf = () => undefined): Promise<void> {
  await openBundle(view.session, files, sound, (model) => {
    view.setModel(model);
    // Labels and classes say more than which file it is.
    view.windows.column = view.windows.colourings().find(({ kind }) => kind === "category")?.name;
  });
}

async function attempt(session: Session, about: string, work: () => Promise<void>): Promise<void> {
  session.opening++;
  session.changed();
  try {
    await work();
  } catch (thrown) {
    session.fail(about, { ...troubleIn(thrown), title: "This cannot be opened" });
  }
  session.opening--;
  session.changed();
}
