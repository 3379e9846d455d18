import { type EmbedRecord, jsonNumbers } from "../records/index.ts";

/**
 * Comma-separated values: a row a window with start and end in seconds, utc where the start is known, then e0, e1, … and, where scores were asked
 * for, s0, s1, …, and HEAD:CLASS for each class of the heads that ran; events stand in lines behind `# event`. The header's facts stand in the first lines, behind `#`.
 */
export function csvLine(record: EmbedRecord, scores: boolean): string {
  if (record.type === "header") {
    const { type: _, ...facts } = record;
    const columns = (letter: string, count: number) => Array.from({ length: count }, (_, at) => `${letter}${at}`);
    const utc = record.start === undefined ? [] : ["utc"];
    const names = ["index", "start", "end", ...utc, ...columns("e", record.embedding)];
    if (scores) names.push(...columns("s", record.scores ?? 0));
    for (const { id, classes } of record.heads ?? []) names.push(...classes.map(({ name }) => cell(`${id}:${name}`)));
    return `# ${JSON.stringify(facts)}\n${names.join(",")}\n`;
  }
  if (record.type === "summary") {
    const { type: _, ...facts } = record;
    return `# ${JSON.stringify(facts)}\n`;
  }
  if (record.type === "event") {
    const { type: _, ...facts } = record;
    return `# event ${JSON.stringify(facts)}\n`;
  }
  const utc = record.utc === undefined ? [] : [record.utc];
  const values = [record.index, record.start, record.end, ...utc, ...jsonNumbers(record.embedding)];
  if (scores && record.scores !== undefined) values.push(...jsonNumbers(record.scores));
  for (const byClass of Object.values(record.heads ?? {})) values.push(...Object.values(byClass));
  return `${values.join(",")}\n`;
}

/** A text as RFC 4180 has it. */
const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
