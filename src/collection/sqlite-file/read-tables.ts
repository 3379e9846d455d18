import { OrcaError } from "../../errors.ts";
import type { SqlRow, SqlValue } from "../sql.ts";
import type { FileBytes } from "../usearch-file.ts";

/**
 * Tables read from SQLite's own file (sqlite.org/fileformat2.html), row by row and without SQL: where there is no SQLite, as in
 * a browser that was given a collection. Memory does not grow with the file.
 */

const MAGIC = "SQLite format 3\0";
const [HEADER_BYTES, LEAST_PAGE] = [100, 512];
/** Kinds of pages of a table's tree. */
const [INTERIOR, LEAF] = [5, 13];
/** A tree of 2^32 pages is not so deep: a damaged one may lead in a circle. */
const MOST_LEVELS = 40;
/** Constraints of a table, which begin no column. */
const CONSTRAINTS = new Set(["UNIQUE", "PRIMARY", "FOREIGN", "CHECK", "CONSTRAINT"]);

interface Table {
  readonly root: number;
  readonly columns: readonly string[];
  /** The column that is another name of the rowid, by its place. */
  readonly rowid: number;
}

/** A database's tables. Rows of a journal beside the file are not seen. */
export class TablesFile {
  readonly #file: FileBytes;
  readonly #name: string;
  readonly #pageBytes: number;
  /** Bytes of a page that are used. */
  readonly #usable: number;
  readonly #text: TextDecoder;
  readonly #tables = new Map<string, Table>();

  /** Throws `collection_invalid` for what is no database of SQLite's, or a damaged one. @param name  of the file, in errors */
  constructor(file: FileBytes, name: string) {
    this.#file = file;
    this.#name = name;
    const header = file.size < HEADER_BYTES ? new Uint8Array(0) : file.read(0, HEADER_BYTES);
    if (new TextDecoder().decode(header.subarray(0, MAGIC.length)) !== MAGIC)
      throw this.#damaged("no database of SQLite's");
    const view = new DataView(header.buffer, header.byteOffset);
    const stated = view.getUint16(16);
    this.#pageBytes = stated === 1 ? 65_536 : stated;
    this.#usable = this.#pageBytes - (header[20] as number);
    if (this.#pageBytes < LEAST_PAGE || (this.#pageBytes & (this.#pageBytes - 1)) !== 0 || this.#usable < 480)
      throw this.#damaged("damaged in its first page");
    this.#text = new TextDecoder({ 2: "utf-16le", 3: "utf-16be" }[view.getUint32(56)] ?? "utf-8");
    const schema = { root: 1, columns: ["type", "name", "tbl_name", "rootpage", "sql"], rowid: -1 };
    for (const { type, name, rootpage, sql } of this.#rowsOf(schema)) {
      if (type !== "table" || typeof rootpage !== "number" || typeof sql !== "string") continue;
      this.#tables.set(String(name), { root: rootpage, ...columnsOf(sql) });
    }
  }

  has(table: string): boolean {
    return this.#tables.has(table);
  }

  /** Names of a table's columns; none where it is not there. */
  columns(table: string): readonly string[] {
    return this.#tables.get(table)?.columns ?? [];
  }

  /** A table's rows by their rowids; none where it is not there. Throws `collection_invalid`. */
  rows(table: string): Generator<SqlRow> {
    return this.#rowsOf(this.#tables.get(table) ?? { root: 0, columns: [], rowid: -1 });
  }

  *#rowsOf({ root, columns, rowid }: Table): Generator<SqlRow> {
    if (root === 0) return;
    for (const [id, payload] of this.#cells(root, 0)) {
      const row: Record<string, SqlValue> = {};
      const values = this.#values(payload);
      // Columns that were added later are not in earlier rows.
      for (const [at, column] of columns.entries()) row[column] = at === rowid ? id : (values[at] ?? null);
      yield row;
    }
  }

  /** Rowids and records of a tree, in order. */
  *#cells(number: number, level: number): Generator<readonly [rowid: number, payload: Uint8Array]> {
    if (level > MOST_LEVELS) throw this.#damaged("damaged: a table's pages lead in a circle");
    const page = this.#page(number);
    const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
    const start = number === 1 ? HEADER_BYTES : 0;
    const [kind, count] = [page[start], view.getUint16(start + 3)];
    if (kind !== INTERIOR && kind !== LEAF) throw this.#damaged(`damaged: page ${number} is of no table`);
    const pointers = start + (kind === INTERIOR ? 12 : 8);
    if (pointers + 2 * count > page.length) throw this.#damaged(`damaged in page ${number}`);
    for (let cell = 0; cell < count; cell++) {
      const at = view.getUint16(pointers + 2 * cell);
      if (at + 4 > page.length) throw this.#damaged(`damaged in page ${number}`);
      if (kind === INTERIOR) yield* this.#cells(view.getUint32(at), level + 1);
      else {
        const [length, afterLength] = this.#varint(page, at);
        const [rowid, from] = this.#varint(page, afterLength);
        yield [rowid, this.#payload(page, from, length)];
      }
    }
    if (kind === INTERIOR) yield* this.#cells(view.getUint32(start + 8), level + 1);
  }

  /** A record, which goes on in other pages where it is long (section 1.6). */
  #payload(page: Uint8Array, from: number, length: number): Uint8Array {
    const usable = this.#usable;
    if (length <= usable - 35) return this.#part(page, from, length);
    if (length > this.#file.size) throw this.#damaged("damaged: a row is longer than the file");
    const least = Math.floor(((usable - 12) * 32) / 255) - 23;
    const fitting = least + ((length - least) % (usable - 4));
    const local = fitting <= usable - 35 ? fitting : least;
    const out = new Uint8Array(length);
    out.set(this.#part(page, from, local));
    if (from + local + 4 > page.length) throw this.#damaged("damaged: a row ends behind its page");
    let next = new DataView(page.buffer, page.byteOffset).getUint32(from + local);
    for (let at = local; at < length; ) {
      const more = this.#page(next);
      const piece = Math.min(usable - 4, length - at);
      out.set(more.subarray(4, 4 + piece), at);
      at += piece;
      next = new DataView(more.buffer, more.byteOffset).getUint32(0);
    }
    return out;
  }

  #part(page: Uint8Array, from: number, length: number): Uint8Array {
    if (from + length > page.length) throw this.#damaged("damaged: a row ends behind its page");
    return page.subarray(from, from + length);
  }

  /** The values of a record (section 2.1). */
  #values(payload: Uint8Array): SqlValue[] {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const values: SqlValue[] = [];
    const [header, first] = this.#varint(payload, 0);
    let [type, body] = [first, header];
    while (type < header) {
      const [serial, next] = this.#varint(payload, type);
      type = next;
      const bytes = serial >= 12 ? (serial - 12) >> 1 : (FIXED[serial] as number);
      if (bytes === undefined || body + bytes > payload.length)
        throw this.#damaged("damaged: a value ends behind its row");
      if (serial >= 12) {
        const part = payload.subarray(body, body + bytes);
        values.push(serial % 2 === 0 ? part.slice() : this.#text.decode(part));
      } else if (serial === 0) values.push(null);
      else if (serial === 7) values.push(view.getFloat64(body));
      else if (serial >= 8) values.push(serial - 8);
      else values.push(whole(payload, body, bytes));
      body += bytes;
    }
    return values;
  }

  #page(number: number): Uint8Array {
    const at = (number - 1) * this.#pageBytes;
    if (number < 1 || at + this.#pageBytes > this.#file.size) throw this.#damaged("cut off");
    return this.#file.read(at, this.#pageBytes);
  }

  /** A varint and where it ends: seven bits a byte, the highest first; a ninth byte has eight. */
  #varint(bytes: Uint8Array, at: number): readonly [value: number, end: number] {
    let value = 0;
    for (let count = 0; count < 8; count++) {
      const byte = bytes[at + count];
      if (byte === undefined) throw this.#damaged("damaged: a number is cut off");
      value = value * 128 + (byte & 127);
      if (byte < 128) return [value, at + count + 1];
    }
    return [value * 256 + (bytes[at + 8] ?? 0), at + 9];
  }

  #damaged(what: string): OrcaError {
    return new OrcaError("collection_invalid", `${this.#name} cannot be read: it is ${what}.`, {
      field: this.#name,
      hint: "It must be whole, and closed by what wrote it: hoplite.sqlite of a collection.",
    });
  }
}

/** Bytes of the serial types below 12. */
const FIXED = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

function whole(bytes: Uint8Array, at: number, length: number): number {
  let value = ((bytes[at] as number) << 24) >> 24;
  for (let next = 1; next < length; next++) value = value * 256 + (bytes[at + next] as number);
  return value;
}

/** The columns of CREATE TABLE, in its order. */
function columnsOf(sql: string): Omit<Table, "root"> {
  const columns: string[] = [];
  let rowid = -1;
  for (const definition of definitions(sql.slice(sql.indexOf("(") + 1, sql.lastIndexOf(")")))) {
    const [, quoted, plain] = /^\s*(?:["'`[]([^"'`\]]+)["'`\]]|(\S+))/.exec(definition) ?? [];
    const name = quoted ?? plain ?? "";
    if (name === "" || (quoted === undefined && CONSTRAINTS.has(name.toUpperCase()))) continue;
    if (/^\s*\S+\s+INTEGER\s+PRIMARY\s+KEY\b/i.test(definition)) rowid = columns.length;
    columns.push(name);
  }
  return { columns, rowid };
}

/** What stands between commas that are in no brackets. */
function definitions(list: string): string[] {
  const out = [""];
  let depth = 0;
  for (const letter of list) {
    if (letter === "(") depth++;
    if (letter === ")") depth--;
    if (letter === "," && depth === 0) out.push("");
    else out[out.length - 1] += letter;
  }
  return out;
}
