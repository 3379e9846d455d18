import { clock } from "../../audio/times.ts";
import type { Experiment } from "../../bundle/bundle-view.ts";

/** A point in a few words: its recording and time where the metadata has them, else its first cell. */
export function labelOf({ metadata }: Experiment, point: number): string {
  if (metadata === undefined) return `Point ${point + 1}`;
  const cells = metadata.cells(point);
  const cell = (name: string) => cells[metadata.columns.indexOf(name)] ?? null;
  const [file, start] = [cell("file"), cell("start")];
  if (file !== null && start !== null && start.trim() !== "" && Number.isFinite(Number(start))) {
    return `${file}, ${clock(Number(start), 2)}`;
  }
  return cells.find((value) => value !== null) ?? `Point ${point + 1}`;
}

/** A cell to read: numbers of many digits are rounded to six. */
export function readable(cell: string | null): string {
  if (cell === null) return "–";
  return /^-?\d+\.\d{6,}$/.test(cell) ? String(Number(Number(cell).toPrecision(6))) : cell;
}
