/** The first columns of a selection table, as Raven writes them. */
export const RAVEN_COLUMNS = [
  "Selection",
  "View",
  "Channel",
  "Begin Time (s)",
  "End Time (s)",
  "Low Freq (Hz)",
  "High Freq (Hz)",
  "Begin File",
  "Begin Path",
  "File Offset (s)",
] as const;

/** A row of a tab-separated table: a tab or a line's end in a name would break it. */
export const ravenRow = (cells: readonly (string | number)[]) =>
  `${cells.map((cell) => String(cell).replaceAll(/[\t\r\n]/g, " ")).join("\t")}\n`;
