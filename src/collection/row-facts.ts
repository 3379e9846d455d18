import { kindOf } from "../labels/index.ts";
import { number, type SqlRow, textOf } from "./sql.ts";
import type { Deployment, Made, StoredAnnotation, StoredRecording } from "./types.ts";

export function deploymentOf(row: SqlRow): Deployment {
  const [latitude, longitude] = [number(row.latitude), number(row.longitude)];
  return {
    name: textOf(row.deployment_name) ?? textOf(row.name) ?? "",
    project: textOf(row.project) ?? "",
    ...(latitude === undefined ? {} : { latitude }),
    ...(longitude === undefined ? {} : { longitude }),
  };
}

export function recordingOf(row: SqlRow): StoredRecording {
  const utc = utcOf(textOf(row.datetime));
  const [seconds, bytes, modified] = [number(row.orca_seconds), number(row.orca_bytes), number(row.orca_modified)];
  const made = madeOf(textOf(row.orca_made));
  return {
    id: row.id as number,
    name: textOf(row.filename) ?? "",
    ...(textOf(row.deployment_name) === undefined ? {} : { deployment: deploymentOf(row) }),
    ...(utc === undefined ? {} : { utc }),
    ...(seconds === undefined ? {} : { seconds }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(modified === undefined ? {} : { modified }),
    ...(made === undefined ? {} : { made }),
  };
}

/** A row of annotations, with its recording's `filename`. @param start, end  seconds */
export function annotationOf(row: SqlRow, start: number, end: number): StoredAnnotation {
  const [when, note] = [textOf(row.orca_when), textOf(row.orca_note)];
  const [low, high] = [number(row.orca_low), number(row.orca_high)];
  return {
    id: row.id as number,
    recording: textOf(row.filename) ?? "",
    start,
    end,
    label: String(row.label),
    kind: kindOf(Number(row.label_type)) ?? "uncertain",
    by: String(row.provenance),
    ...(when === undefined ? {} : { when }),
    ...(note === undefined ? {} : { note }),
    ...(low === undefined ? {} : { low }),
    ...(high === undefined ? {} : { high }),
  };
}

function madeOf(json: string | undefined): Made | undefined {
  try {
    return json === undefined ? undefined : (JSON.parse(json) as Made);
  } catch {
    // Another's column of that name: it says nothing that is known here.
    return undefined;
  }
}

/** As Python writes and reads it (datetime.isoformat), with the zone. */
export const isoOf = (utc: number) => new Date(utc).toISOString().replace("Z", "+00:00");

/** A recording's datetime; without a zone it is read as UTC. */
export function utcOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`;
  const utc = Date.parse(zoned);
  return Number.isNaN(utc) ? undefined : utc;
}
