import type { HeaderRecord, SummaryRecord } from "../records/index.ts";
import { madeBy } from "./provenance.ts";
import type { Deployment, NewWindow, RecordingFacts } from "./types.ts";

/** What a run says of all of its recordings. */
export interface Placing {
  /** What the set of recordings is called; hoplite's project. */
  readonly project: string;
  /** The deployment of recordings that lie in no folder, or of all where it was given. */
  readonly deployment?: string | undefined;
  /** The folder that names are relative to. */
  readonly base: string;
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
  const [first = "", ...more] = name.split("/");
  const { latitude, longitude } = recorder ?? {};
  return {
    name: deployment ?? (more.length > 0 ? first : lastName(base) || project),
    project,
    ...(latitude === undefined ? {} : { latitude }),
    ...(longitude === undefined ? {} : { longitude }),
  };
}

const lastName = (path: string) => path.split(/[/\\]/).findLast((name) => name !== "") ?? "";

/** Milliseconds by which a window's own time may differ from what its recording's start says. */
const SAME_TIME = 1;

/** A window whose own time is kept only where it is not what its recording's start says. @param began  that start */
export function withoutKnownTime({ utc, ...window }: NewWindow, began: number | undefined): NewWindow {
  const own = utc !== undefined && (began === undefined || Math.abs(utc - (began + window.start * 1000)) > SAME_TIME);
  return own ? { ...window, utc } : window;
}
