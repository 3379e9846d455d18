import type { Result } from "../../collection/index.ts";
import { csvRow, RAVEN_COLUMNS, ravenRow } from "../../labels/index.ts";
import type { Measure } from "../../vectors/index.ts";
import type { RESULT_FORMATS } from "./options.ts";

export type ResultFormat = (typeof RESULT_FORMATS)[number];

/** What a ranking says of itself. */
export interface About {
  readonly measure: Measure;
  readonly model: string;
  /** What the model hears up to, Hz, where that is known. */
  readonly highest: number | undefined;
  /** Where a recording lies, by its name. */
  path(name: string): string;
}

/** Results as text, the best first. Scores are told by their measure. */
export function resultLines(results: readonly Result[], format: ResultFormat, about: About): string[] {
  return WRITERS[format](results, about);
}

const WRITERS: Readonly<Record<ResultFormat, (results: readonly Result[], about: About) => string[]>> = {
  table(results, { measure }) {
    const rows = results.map((result, at) => [
      String(at + 1),
      result.score.toFixed(4),
      String(result.id),
      result.recording.name,
      result.start.toFixed(2),
      result.end.toFixed(2),
      when(result) ?? "",
    ]);
    const titles = ["", measure, "window", "recording", "start", "end", "utc"];
    const widths = titles.map((title, at) => Math.max(title.length, ...rows.map((row) => (row[at] as string).length)));
    const line = (cells: readonly string[]) =>
      cells
        .map((cell, at) =>
          at === 3 || at === 6 ? cell.padEnd(widths[at] as number) : cell.padStart(widths[at] as number),
        )
        .join("  ")
        .trimEnd();
    return [titles, ...rows].map((cells) => `${line(cells)}\n`);
  },
  ndjson: (results, { measure, model }) =>
    results.map(
      (result, at) =>
        `${JSON.stringify({
          rank: at + 1,
          score: result.score,
          measure,
          model,
          window: result.id,
          recording: result.recording.name,
          ...(result.recording.deployment === undefined ? {} : { deployment: result.recording.deployment.name }),
          start: result.start,
          end: result.end,
          ...(when(result) === undefined ? {} : { utc: when(result) }),
          ...(result.rms === undefined ? {} : { rms: result.rms }),
          ...(result.windows === 1 ? {} : { windows: result.windows }),
        })}\n`,
    ),
  csv: (results, { measure }) => [
    csvRow(["rank", measure, "window", "recording", "deployment", "start", "end", "utc", "rms", "windows"]),
    ...results.map(({ score, id, recording, start, end, rms = "", windows, ...rest }, at) =>
      csvRow([
        at + 1,
        score,
        id,
        recording.name,
        recording.deployment?.name ?? "",
        start,
        end,
        when(rest) ?? "",
        rms,
        windows,
      ]),
    ),
  ],
  raven: (results, { measure, model, highest = "", path }) => [
    ravenRow([...RAVEN_COLUMNS, "Score", "Measure", "Model", "Window", "UTC"]),
    ...results.map((result, at) => {
      const { recording, start, end } = result;
      const place = path(recording.name);
      const name = place.slice(place.search(/[^/\\]*$/));
      const first = [at + 1, "Spectrogram 1", 1, round(start), round(end), 0, highest, name, place, round(start)];
      return ravenRow([...first, result.score.toFixed(6), measure, model, result.id, when(result) ?? ""]);
    }),
  ],
};

const when = ({ utc }: { readonly utc?: number }) => (utc === undefined ? undefined : new Date(utc).toISOString());
const round = (seconds: number) => Math.round(seconds * 1e6) / 1e6;
