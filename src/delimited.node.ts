import { createReadStream } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import { type Delimiter, delimiterOf, type TableRow } from "./delimited.ts";
import { type ErrorCode, OrcaError, unreadable } from "./errors.ts";

/** What is said of a table that cannot be read. */
export interface TableErrors {
  readonly code: ErrorCode;
  readonly field?: string;
  readonly hint?: string;
}

export interface Table {
  readonly delimiter: Delimiter;
  readonly rows: AsyncIterable<TableRow>;
}

/** Characters of a row: more is a quote that was not closed, or no table. */
const LONGEST_ROW = 1 << 20;
/** Bytes that are looked at for zeros, and characters for a first line. */
const HEAD = 1 << 12;

/**
 * The rows of a table of text, as they come: commas, semicolons or tabs by its first line, fields in double quotes with ""
 * for a quote (RFC 4180; tab-separated text has none but around a whole field), lines that end with LF, CR LF or CR, UTF-8
 * or UTF-16. Blank rows are left out. Memory holds a row, of a megabyte at most. Throws with the line.
 * @param name  what it is called in errors
 */
export async function readTable(
  bytes: string | AsyncIterable<Uint8Array>,
  name: string,
  errors: TableErrors,
): Promise<Table> {
  const source = typeof bytes === "string" ? fileOf(bytes, name) : bytes;
  const text = decoded(source, (line, what, hint) => wrong(errors, `${name}, line ${line}: ${what}`, hint));
  let head = "";
  while (head.length < HEAD && !/[\n\r]/.test(head)) {
    const { done, value } = await text.next();
    if (done === true) break;
    head += value;
  }
  // Excel's own first line, which says what parts the fields.
  const told = /^sep=([,;\t])\r?\n/.exec(head);
  const delimiter = (told?.[1] as Delimiter | undefined) ?? delimiterOf(/^[^\n\r]*/.exec(head)?.[0] ?? "");
  const body = told === null ? head : head.slice(told[0].length);
  return { delimiter, rows: rowsOf(startedWith(body, text), delimiter, told === null ? 0 : 1, name, errors) };
}

/** What goes wrong while a file is read has no path of its own. */
async function* fileOf(path: string, name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path) as AsyncIterable<Uint8Array>;
  } catch (thrown) {
    const { code, message } = unreadable(thrown);
    throw new OrcaError(code, `${name}: ${message}`, { cause: thrown });
  }
}

async function* startedWith(first: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (first !== "") yield first;
  yield* rest;
}

async function* rowsOf(
  text: AsyncGenerator<string>,
  delimiter: Delimiter,
  linesBefore: number,
  name: string,
  errors: TableErrors,
): AsyncGenerator<TableRow> {
  const tabs = delimiter === "\t";
  const parser = parse({
    delimiter,
    quote: tabs ? null : '"',
    // White space between a comma and a quote is none of the field's; a tab would be taken for such.
    trim: !tabs,
    relax_quotes: true,
    relax_column_count: true,
    record_delimiter: ["\r\n", "\n", "\r"],
    max_record_size: LONGEST_ROW,
    // Called where a row ends; what is read from the stream comes later, and after an error not at all.
    on_record: (record: string[], { lines }) => {
      begins.push(linesBefore + ended + 1);
      ended = lines;
      return record;
    },
  });
  const begins: number[] = [];
  let ended = 0;
  try {
    pipeline(Readable.from(text), parser, () => undefined);
    for await (const record of parser as AsyncIterable<string[]>) {
      const fields = record.map((field) => (tabs ? unquoted(field.trim()) : field.trim()));
      const line = begins.shift() ?? 0;
      if (fields.some((field) => field !== "")) yield { line, fields };
    }
  } catch (thrown) {
    if (!(thrown instanceof CsvError)) throw thrown;
    const [what, hint] = WRONG[thrown.code] ?? [thrown.message];
    throw wrong(errors, `${name}, line ${linesBefore + ended + 1}: ${what}`, hint, thrown);
  }
}

const CLOSE = "A quote that opens a field must be closed, and one within it doubled.";

/** What csv-parse finds wrong, in words, and what to do. */
const WRONG: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  CSV_QUOTE_NOT_CLOSED: ["a quote opens a field here and is not closed.", CLOSE],
  CSV_INVALID_CLOSING_QUOTE: ["a quoted field of this row ends before a comma.", CLOSE],
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: ["a quoted field of this row ends before a comma.", CLOSE],
  CSV_MAX_RECORD_SIZE: ["the row that begins here has more than a megabyte.", CLOSE],
};

/** Tab-separated text has no quotes; spreadsheets that write it put a whole field into them. */
function unquoted(field: string): string {
  return /^".*"$/s.test(field) && field.length > 1 ? field.slice(1, -1).replaceAll('""', '"') : field;
}

/** Bytes as text, in UTF-8 or, by their mark or their zeros, UTF-16, without the mark. */
async function* decoded(
  source: AsyncIterable<Uint8Array>,
  refuse: (line: number, what: string, hint: string) => OrcaError,
): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  let line = 1;
  const decode = (bytes?: Uint8Array) => {
    try {
      const text = decoder?.decode(bytes, { stream: bytes !== undefined }) ?? "";
      line += text.split("\n").length - 1;
      return text;
    } catch {
      throw refuse(
        line,
        `the text is not ${decoder?.encoding.toUpperCase()} here, or soon behind.`,
        "Save the table as UTF-8.",
      );
    }
  };
  for await (const bytes of source) {
    decoder ??= new TextDecoder(encodingOf(bytes.subarray(0, HEAD)), { fatal: true });
    yield decode(bytes);
  }
  yield decode();
}

/** By the byte order mark, which the decoder takes away, or by the zeros that every second byte of Latin text is in UTF-16. */
function encodingOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  const zeros = (from: number) => bytes.filter((byte, at) => at % 2 === from && byte === 0).length;
  const most = bytes.length / 4;
  return zeros(1) > most ? "utf-16le" : zeros(0) > most ? "utf-16be" : "utf-8";
}

function wrong(
  { code, field, hint: also }: TableErrors,
  message: string,
  hint: string | undefined,
  cause?: unknown,
): OrcaError {
  const said = hint ?? also;
  return new OrcaError(code, message, {
    ...(field === undefined ? {} : { field }),
    ...(said === undefined ? {} : { hint: said }),
    cause,
  });
}
