import { byRecording, isLabelOf, type OverlapIndex, type Stretch } from "../labels/index.ts";
import type { StoredAnnotation, WindowFilter } from "./types.ts";

/** What is known of a window before its vector is read. */
export interface WindowRow extends Stretch {
  readonly recordingId: number;
  readonly utc: number;
  readonly rms: number;
}

interface Named {
  readonly id: number;
  readonly name: string;
  readonly deployment?: { readonly name: string };
}

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** A filter as a test of windows; undefined where every window passes. */
export function rowTest(
  filter: WindowFilter,
  recordings: Iterable<Named>,
  annotations: Iterable<StoredAnnotation>,
): (row: WindowRow) => boolean {
  const tests: ((row: WindowRow) => boolean)[] = [];
  const { from, to, hours, rmsAtLeast, rmsAtMost, labels, unlabelled, deployments } = filter;
  const names = new Map([...recordings].map((recording) => [recording.id, recording]));
  if (deployments !== undefined || filter.recordings !== undefined) {
    const kept = [...names.values()].filter(
      ({ name, deployment }) =>
        (deployments?.includes(deployment?.name ?? "") ?? true) && (filter.recordings?.includes(name) ?? true),
    );
    const ids = new Set(kept.map(({ id }) => id));
    tests.push(({ recordingId }) => ids.has(recordingId));
  }
  // Of a window without UTC no comparison is true.
  if (from !== undefined) tests.push(({ utc }) => utc >= from);
  if (to !== undefined) tests.push(({ utc }) => utc < to);
  if (hours !== undefined) tests.push(({ utc }) => inHours(utc, hours));
  if (rmsAtLeast !== undefined) tests.push(({ rms }) => rms >= rmsAtLeast);
  if (rmsAtMost !== undefined) tests.push(({ rms }) => rms <= rmsAtMost);
  if (labels !== undefined || unlabelled === true) {
    const tracks = byRecording(annotations);
    const track = ({ recordingId }: WindowRow): OverlapIndex<StoredAnnotation> | undefined =>
      tracks.get(names.get(recordingId)?.name ?? "");
    if (labels !== undefined) {
      const fits = ({ label, kind }: StoredAnnotation) =>
        kind === "positive" && labels.some((of) => isLabelOf(label, of));
      tests.push((row) => track(row)?.in(row).some(fits) ?? false);
    }
    if (unlabelled === true) tests.push((row) => (track(row)?.in(row).length ?? 0) === 0);
  }
  return (row) => tests.every((test) => test(row));
}

function inHours(utc: number, [from, to]: readonly [number, number]): boolean {
  const hour = (((utc % DAY) + DAY) % DAY) / HOUR;
  return from <= to ? hour >= from && hour < to : hour >= from || hour < to;
}
