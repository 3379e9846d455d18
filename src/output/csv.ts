import { type EmbedRecord, jsonNumbers } from "../records/index.ts";

/**
 * Comma-separated values: a row a window with start and end in seconds, utc where the start is known, then e0, e1, … and, where scores were asked
 * for, s0, s1, …. The header's facts stand in the first lines, behind `#`.
 */
export function csvLine(record: EmbedRecord, scores: boolean): string {
  if (record.type === "header") {
    const { type: _, ...facts } = record;
    const columns = (letter: string, count: number) => Array.from({ length: count }, (_, at) => `${letter}${at}`);
    const utc = record.start === undefined ? [] : ["utc"];
    const names = ["index", "start", "end", ...utc, ...columns("e", record.embedding)];
    if (scores) names.push(...columns("s", record.scores ?? 0));
    return `# ${JSON.stringify(facts)}\n${names.join(",")}\n`;
  }
  if (record.type === "summary") {
    const { type: _, ...facts } = record;
    return `# ${JSON.stringify(facts)}\n`;
  }
  const utc = record.utc === undefined ? [] : [record.utc];
  const values = [record.index, record.start, record.end, ...utc, ...jsonNumbers(record.embedding)];
  if (scores && record.scores !== undefined) values.push(...jsonNumbers(record.scores));
  return `${values.join(",")}\n`;
}
