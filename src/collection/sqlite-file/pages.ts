import { OrcaError } from "../../errors.ts";
import { varint } from "./record.ts";

/**
 * Pages of SQLite's trees (sqlite.org/fileformat2.html, section 1.6), built from the leaves up, each as soon as it is full.
 * Pages are as large as SQLite has them, so that several vectors fit into one and no row is longer.
 */
export const PAGE_BYTES = 65_536;
/** A row of a table and an entry of an index may have so many bytes before SQLite carries them over to other pages. */
const [LONGEST_ROW, LONGEST_ENTRY] = [PAGE_BYTES - 35, Math.floor(((PAGE_BYTES - 12) * 64) / 255) - 23];
const [INTERIOR_INDEX, INTERIOR_TABLE, LEAF_INDEX, LEAF_TABLE] = [2, 5, 10, 13];

/** Hands out pages' numbers in the order in which they are made. */
export interface Numbering {
  next(): number;
}

/** A page of a level, and what stands behind its number in the page above. */
interface Child {
  readonly page: number;
  readonly after: Uint8Array;
}

/** A page that is being filled with cells. */
class Filling {
  readonly #header: number;
  readonly #start: number;
  cells: Uint8Array[] = [];
  #bytes = 0;

  /** @param start  where in the page it begins: behind the file's own header on the first */
  constructor(interior: boolean, start = 0) {
    this.#header = interior ? 12 : 8;
    this.#start = start;
  }

  fits(cell: Uint8Array): boolean {
    return this.#start + this.#header + this.#bytes + cell.length + 2 <= PAGE_BYTES;
  }

  add(cell: Uint8Array): void {
    this.cells.push(cell);
    this.#bytes += cell.length + 2;
  }

  pop(): Uint8Array {
    const cell = this.cells.pop() as Uint8Array;
    this.#bytes -= cell.length + 2;
    return cell;
  }

  page(kind: number, right?: number): Uint8Array<ArrayBuffer> {
    const page = new Uint8Array(PAGE_BYTES);
    const view = new DataView(page.buffer);
    let end = PAGE_BYTES;
    for (const [at, cell] of this.cells.entries()) {
      end -= cell.length;
      page.set(cell, end);
      view.setUint16(this.#start + this.#header + 2 * at, end);
    }
    page[this.#start] = kind;
    view.setUint16(this.#start + 3, this.cells.length);
    // 65,536 is written as 0.
    view.setUint16(this.#start + 5, end % PAGE_BYTES);
    if (right !== undefined) view.setUint32(this.#start + 8, right);
    return page;
  }
}

/** The first page, less the file's header in its first hundred bytes: the table of tables. Throws `too_large` */
export function firstPage(rows: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const filling = new Filling(false, 100);
  for (const [at, row] of rows.entries()) {
    const cell = tableCell(at + 1, row);
    if (!filling.fits(cell)) throw tooLong("The database's schema");
    filling.add(cell);
  }
  return filling.page(LEAF_TABLE);
}

/** The pages of a table. @param rows  records by ascending rowid @returns  the root's number */
export function* tablePages(
  rows: Iterable<readonly [rowid: number, row: Uint8Array]>,
  numbering: Numbering,
): Generator<Uint8Array<ArrayBuffer>, number> {
  const children: Child[] = [];
  let filling = new Filling(false);
  let last = 0;
  const flush = () => {
    children.push({ page: numbering.next(), after: Uint8Array.from(varint(last)) });
    return filling.page(LEAF_TABLE);
  };
  for (const [rowid, row] of rows) {
    const cell = tableCell(rowid, row);
    if (!filling.fits(cell)) {
      yield flush();
      filling = new Filling(false);
    }
    filling.add(cell);
    last = rowid;
  }
  yield flush();
  return yield* interiorPages(children, INTERIOR_TABLE, numbering);
}

/** The pages of an index. @param entries  records in the index's order @returns  the root's number */
export function* indexPages(
  entries: Iterable<Uint8Array>,
  numbering: Numbering,
): Generator<Uint8Array<ArrayBuffer>, number> {
  const children: Child[] = [];
  let filling = new Filling(false);
  for (const entry of entries) {
    if (entry.length > LONGEST_ENTRY) throw tooLong("A name or a label");
    const cell = withLength(entry);
    if (!filling.fits(cell)) {
      // An index's entries stand once in the tree: one goes up, between this leaf and the next.
      const after = filling.pop();
      children.push({ page: numbering.next(), after });
      yield filling.page(LEAF_INDEX);
      filling = new Filling(false);
    }
    filling.add(cell);
  }
  children.push({ page: numbering.next(), after: new Uint8Array(0) });
  yield filling.page(LEAF_INDEX);
  return yield* interiorPages(children, INTERIOR_INDEX, numbering);
}

/** The levels above, up to the root. */
function* interiorPages(
  children: readonly Child[],
  kind: number,
  numbering: Numbering,
): Generator<Uint8Array<ArrayBuffer>, number> {
  if (children.length === 1) return (children[0] as Child).page;
  const above: Child[] = [];
  for (const group of grouped(children)) {
    const filling = new Filling(true);
    const last = group.at(-1) as Child;
    for (const child of group.slice(0, -1)) filling.add(interiorCell(child));
    above.push({ page: numbering.next(), after: last.after });
    yield filling.page(kind, last.page);
  }
  return yield* interiorPages(above, kind, numbering);
}

/** As many in a group as fit into a page, and two at least. */
function grouped(children: readonly Child[]): Child[][] {
  const groups: Child[][] = [[]];
  let filling = new Filling(true);
  for (const child of children) {
    const cell = interiorCell(child);
    if (!filling.fits(cell)) {
      groups.push([]);
      filling = new Filling(true);
    }
    filling.add(cell);
    groups.at(-1)?.push(child);
  }
  const [before, last] = [groups.at(-2), groups.at(-1)];
  if (before !== undefined && last?.length === 1) last.unshift(before.pop() as Child);
  return groups;
}

function interiorCell({ page, after }: Child): Uint8Array {
  const cell = new Uint8Array(4 + after.length);
  new DataView(cell.buffer).setUint32(0, page);
  cell.set(after, 4);
  return cell;
}

function tableCell(rowid: number, row: Uint8Array): Uint8Array {
  if (row.length > LONGEST_ROW) throw tooLong("A vector or a note");
  const head = [...varint(row.length), ...varint(rowid)];
  const cell = new Uint8Array(head.length + row.length);
  cell.set(head);
  cell.set(row, head.length);
  return cell;
}

function withLength(entry: Uint8Array): Uint8Array {
  const head = varint(entry.length);
  const cell = new Uint8Array(head.length + entry.length);
  cell.set(head);
  cell.set(entry, head.length);
  return cell;
}

function tooLong(what: string): OrcaError {
  return new OrcaError("too_large", `${what} is too long for the database that is exported (64 KB a page).`);
}
