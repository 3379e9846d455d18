import { basename, posix } from "node:path";
import {
  checkSameModel,
  collectionModel,
  type Deployment,
  madeBy,
  type NewWindow,
  type RecordingFacts,
  type WritableCollection,
} from "../../collection/index.ts";
import type { HeaderRecord, SummaryRecord } from "../../records/index.ts";
import { openSpool } from "./spool.ts";

/** What a run says of all of its recordings. */
export interface Placing {
  /** What the set of recordings is called; hoplite's project. */
  readonly project: string;
  /** The deployment of recordings that lie in no folder, or of all where it was given. */
  readonly deployment?: string | undefined;
  /** The folder that names are relative to. */
  readonly base: string;
}

/** Milliseconds by which a window's own time may differ from what its recording's start says. */
const SAME_TIME = 1;

/**
 * Takes a recording that was spooled into a collection, all or nothing. Throws `bad_option` where it is of another model than
 * the collection.
 * @param file  size and time of change of the recording's file
 */
export async function takeSpool(
  path: string,
  collection: WritableCollection,
  name: string,
  placing: Placing,
  file: { readonly bytes?: number; readonly modified?: number },
): Promise<void> {
  const spool = openSpool(path);
  try {
    const { header, summary } = spool;
    checkSameModel("The collection", collection.model, collectionModel(header));
    const facts = recordingFacts(name, header, summary, placing);
    await collection.put({ ...facts, ...file }, withOwnTimes(spool.windows(), facts.utc));
  } finally {
    spool.close();
  }
}

/** What is known of a recording by its name alone. */
export function placedFacts(name: string, placing: Placing): RecordingFacts {
  return { name, deployment: deploymentOf(name, undefined, placing) };
}

export function recordingFacts(
  name: string,
  header: HeaderRecord,
  summary: SummaryRecord | undefined,
  placing: Placing,
): RecordingFacts {
  const start = summary?.start ?? header.start;
  return {
    name,
    deployment: deploymentOf(name, header.recorder, placing),
    ...(start === undefined ? {} : { utc: Date.parse(start.utc) }),
    ...(summary === undefined ? {} : { seconds: summary.seconds }),
    made: madeBy(header, summary),
  };
}

/** As hoplite has it: the first folder of a recording's name. One that lies in none needs a deployment all the same. */
function deploymentOf(
  name: string,
  recorder: HeaderRecord["recorder"],
  { project, deployment, base }: Placing,
): Deployment {
  const [first = "", ...more] = name.split(posix.sep);
  const { latitude, longitude } = recorder ?? {};
  return {
    name: deployment ?? (more.length > 0 ? first : basename(base) || project),
    project,
    ...(latitude === undefined ? {} : { latitude }),
    ...(longitude === undefined ? {} : { longitude }),
  };
}

/** Only windows whose time is not what the recording's start says keep one of their own. */
function* withOwnTimes(windows: Iterable<NewWindow>, began: number | undefined): Generator<NewWindow> {
  for (const { utc, ...window } of windows) {
    const own = utc !== undefined && began !== undefined && Math.abs(utc - (began + window.start * 1000)) > SAME_TIME;
    yield own ? { ...window, utc } : window;
  }
}
