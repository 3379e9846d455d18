import { RAVEN_COLUMNS, ravenRow } from "../labels/index.ts";
import type { EmbedRecord, HeaderRecord, WindowRecord } from "../records/index.ts";

export interface RavenOptions {
  /** The recording's path: Raven finds it by that. */
  readonly path: string;
  /** Windows whose best score is below it have no row. */
  readonly minScore: number;
  /** Names of the model's classes, in order; a class without one is called by its number, from 0. */
  readonly classes: readonly string[];
}

/**
 * A Raven selection table: tab-separated, a row a window, from 0 Hz to what the model hears. Where the model has scores,
 * each row names the best class and its score, and windows below `minScore` are left out; so records must carry scores.
 * A window that is padded ends with the recording, because Raven takes no selection that ends later. RMS is in dB below
 * full scale.
 */
export function ravenLines({ path, minScore, classes }: RavenOptions): (record: EmbedRecord) => string {
  let header: HeaderRecord | undefined;
  let selection = 0;
  return (record) => {
    if (record.type === "summary" || record.type === "event") return "";
    if (record.type === "header") {
      header = record;
      return ravenRow([
        ...RAVEN_COLUMNS,
        ...(record.scores === undefined ? [] : ["Class", "Score"]),
        "RMS (dBFS)",
        "UTC",
      ]);
    }
    if (header === undefined) return "";
    const best = record.scores === undefined ? undefined : largest(record.scores);
    if (best !== undefined && best.score < minScore) return "";
    return ravenRow([
      ++selection,
      "Spectrogram 1",
      header.channel === "mean" ? 1 : header.channel + 1,
      ...times(record),
      0,
      Math.min(header.rate, header.source.rate) / 2,
      path.slice(path.search(/[^/\\]*$/)),
      path,
      record.start,
      ...(header.scores === undefined ? [] : bestCells(best, header, classes)),
      record.rms > 0 ? (20 * Math.log10(record.rms)).toFixed(1) : "",
      record.utc ?? "",
    ]);
  };
}

/** Begin and end; microseconds are beyond any recording's rate that is read. */
function times({ start, end, padded = 0 }: WindowRecord): string[] {
  return [start, end - padded].map((seconds) => String(Math.round(seconds * 1e6) / 1e6));
}

function largest(scores: Float32Array): { index: number; score: number } {
  let index = 0;
  for (let at = 1; at < scores.length; at++) if ((scores[at] as number) > (scores[index] as number)) index = at;
  return { index, score: scores[index] as number };
}

function bestCells(best: ReturnType<typeof largest> | undefined, header: HeaderRecord, classes: readonly string[]) {
  return best === undefined ? ["", ""] : [className(best.index, header, classes), best.score.toPrecision(6)];
}

function className(index: number, { model, scores }: HeaderRecord, classes: readonly string[]): string {
  if (scores === 1) return model;
  return classes[index] ?? `class ${index}`;
}
