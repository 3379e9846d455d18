/** A collection among the recordings of the page: of a server, or a folder or archive that was given. */
import { OrcaError } from "../../src/errors.ts";
import type { Annotation } from "../../src/labels/index.ts";
import { takeKept } from "../session/kept-recordings.ts";
import type { Recording } from "../session/recording.ts";
import type { Session } from "../session/session.ts";
import { BundleClient } from "./bundle-client.ts";
import type { ReadCollection } from "./protocol.ts";

declare const BUNDLE_WORKER: string;

/** hoplite's names of its files (docs/collections.md). */
export const [DATABASE, INDEX] = ["hoplite.sqlite", "usearch.index"];

/** The files of one collection. */
export interface CollectionFiles {
  readonly name: string;
  readonly database: () => Promise<Blob>;
  readonly index: (() => Promise<Blob>) | undefined;
  /** A recording's sound by its name; undefined where there is none. */
  readonly sound: ((recording: string) => (() => Promise<Blob>) | undefined) | undefined;
}

/** What of a collection is told to the labels. */
interface Labels {
  bring(id: string, name: string, annotations: readonly Annotation[]): void;
}

/** The collections among files by their paths: a folder that holds hoplite.sqlite is one, whatever lies above it. */
export function collectionsAmong(
  name: string,
  files: ReadonlyMap<string, () => Promise<Blob>>,
  sizes: (path: string) => number | undefined = () => undefined,
): CollectionFiles[] {
  const lower = new Map([...files].map(([path, file]) => [path.toLowerCase(), file]));
  return [...files.keys()]
    .filter((path) => path.split("/").at(-1) === DATABASE)
    .map((path) => {
      const folder = path.slice(0, -DATABASE.length);
      // Changes that were never brought into the database would be missing without a word.
      if ((sizes(`${path}-wal`) ?? 0) > 0) {
        throw new OrcaError("collection_invalid", `${path} is open in another program: ${DATABASE}-wal has changes.`, {
          hint: "Close what writes to it, or press Ctrl-C there, and open it again.",
        });
      }
      return {
        name:
          folder
            .split("/")
            .filter((part) => part !== "")
            .join("/") || name,
        database: files.get(path) as () => Promise<Blob>,
        index: files.get(folder + INDEX),
        sound: (recording) => soundAmong(lower, recording.toLowerCase()),
      };
    });
}

/** Recordings that were given with it. */
function soundAmong(files: ReadonlyMap<string, () => Promise<Blob>>, recording: string) {
  const found = [...files.keys()].filter((path) => path === recording || path.endsWith(`/${recording}`));
  return found.length === 1 ? files.get(found[0] as string) : undefined;
}

/** Reads it and puts its recordings into the list, with its labels. Rejects with `collection_invalid`. */
export async function openCollection(
  session: Session,
  labels: Labels,
  files: CollectionFiles,
): Promise<{ readonly model: string; readonly recordings: readonly Recording[] }> {
  const { name, sound } = files;
  session.say(`Reading ${name} …`);
  const client = new BundleClient(BUNDLE_WORKER);
  let read: ReadCollection;
  try {
    const [database, index] = await Promise.all([files.database(), files.index?.()]);
    read = await client.ask({ kind: "collection", name, database, index });
  } finally {
    client.end();
  }
  const { model, windows, annotations } = read;
  const places = new Map(read.recordings.map(({ id }, at) => [id, at]));
  const { id, dimensions, rate, variant, weights, sha256, window } = model;
  const taken = takeKept(session, {
    header: {
      model: id,
      embedding: dimensions,
      window: window ?? { seconds: hopOf(windows), hop: hopOf(windows) },
      ...(rate === undefined ? {} : { rate }),
      ...(variant === undefined ? {} : { variant }),
      ...(weights === undefined ? {} : { weights }),
      ...(sha256 === undefined ? {} : { sha256 }),
    },
    recording: Array.from(windows.recordings, (of) => places.get(of) ?? -1),
    starts: windows.starts,
    ends: windows.ends,
    rms: (at) => (Number.isNaN(windows.rms[at]) ? undefined : windows.rms[at]),
    utc: (at) => {
      const utc = windows.utcs[at] as number;
      return Number.isNaN(utc) ? undefined : new Date(utc).toISOString();
    },
    rows: read.rows,
    recordings: read.recordings.map((recording) => ({
      name: recording.name,
      timed: true,
      start: recording.utc === undefined ? undefined : new Date(recording.utc),
      fetchFile: sound?.(recording.name),
    })),
  });
  const byName = new Map(taken.map((recording) => [recording.name, recording]));
  for (const [recording, some] of grouped(annotations)) {
    const one = byName.get(recording);
    if (one !== undefined)
      labels.bring(
        one.id,
        one.name,
        some.map(({ id: _, ...said }) => ({ ...said, recording: one.id })),
      );
  }
  session.say(
    `${windows.count.toLocaleString("en")} windows of ${read.recordings.length.toLocaleString("en")} recordings by ${id}, from ${name}.`,
  );
  return { model: id, recordings: taken };
}

function hopOf({ starts, ends }: ReadCollection["windows"]): number {
  return (ends[0] ?? 1) - (starts[0] ?? 0) || 1;
}

function grouped(annotations: ReadCollection["annotations"]): Map<string, ReadCollection["annotations"][number][]> {
  const groups = new Map<string, ReadCollection["annotations"][number][]>();
  for (const one of annotations) {
    const group = groups.get(one.recording) ?? [];
    group.push(one);
    groups.set(one.recording, group);
  }
  return groups;
}
