import type { FlatBlob, FlatField, FlatSchema, FlatTable } from "./flat-schema.ts";

/** Blobs begin at multiples of this, so that SIMD loads of weights that are used in place are aligned. */
const BLOB_ALIGNMENT = 16;

/**
 * A buffer of FlatBuffers, in pieces: all tables first, then the blobs one after another, so that no more than one is in
 * memory. The same tables give the same bytes.
 */
export async function* writeFlat(schema: FlatSchema, root: FlatTable): AsyncGenerator<Uint8Array> {
  const { head, blobs } = new FlatWriter(schema).finish(root);
  yield head;
  for (const { padding, blob } of blobs) {
    const prefix = new Uint8Array(padding + 4);
    new DataView(prefix.buffer).setUint32(padding, blob.length, true);
    yield prefix;
    const bytes = await blob.read();
    if (bytes.length !== blob.length) throw new Error(`a blob of ${blob.length} bytes came with ${bytes.length}`);
    yield bytes;
  }
}

class FlatWriter {
  readonly #schema: FlatSchema;
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #size = 0;
  /** Where a blob's offset is to be written, once all tables are. */
  readonly #blobs: { readonly from: number; readonly blob: FlatBlob }[] = [];

  constructor(schema: FlatSchema) {
    this.#schema = schema;
  }

  finish(root: FlatTable): { head: Uint8Array; blobs: { padding: number; blob: FlatBlob }[] } {
    this.#reserve(8);
    this.#bytes.set(new TextEncoder().encode(this.#schema.identifier), 4);
    this.#point(0, this.#table(this.#schema.root, root));
    let end = this.#size;
    const blobs = this.#blobs.map(({ from, blob }) => {
      const padding = -(end + 4) & (BLOB_ALIGNMENT - 1);
      this.#point(from, end + padding);
      end += padding + 4 + blob.length;
      return { padding, blob };
    });
    return { head: this.#bytes.slice(0, this.#size), blobs };
  }

  /** Writes a table and all that it points at; gives its position. Larger fields come first, so none needs padding. */
  #table(name: string, values: FlatTable): number {
    const fields = Object.entries(this.#schema.tables[name] ?? {});
    const present = fields
      .flatMap(([key, field], slot) => {
        const value = values[key];
        return value === undefined ? [] : [{ slot, field, value, size: inlineSize(field) }];
      })
      .sort((a, b) => b.size - a.size);
    const slots = 1 + Math.max(-1, ...present.map(({ slot }) => slot));
    this.#align(2);
    const vtable = this.#reserve(4 + 2 * slots);
    // Its own offset takes 4 bytes, and 8-byte numbers are aligned behind it.
    this.#align(8, 4);
    const length = 4 + present.reduce((sum, { size }) => sum + size, 0);
    const table = this.#reserve(length);
    this.#view.setUint16(vtable, 4 + 2 * slots, true);
    this.#view.setUint16(vtable + 2, length, true);
    this.#view.setInt32(table, table - vtable, true);
    let at = table + 4;
    for (const { slot, field, value, size } of present) {
      this.#view.setUint16(vtable + 4 + 2 * slot, at - table, true);
      this.#field(field, value, at);
      at += size;
    }
    return table;
  }

  #field(field: FlatField, value: NonNullable<FlatTable[string]>, at: number): void {
    if (field === "blob") this.#blobs.push({ from: at, blob: value as FlatBlob });
    else if (field === "string") this.#point(at, this.#string(value as string));
    else if (field === "strings") {
      this.#vector(at, value as readonly string[], (text) => this.#string(text));
    } else if ("number" in field) this.#bytes.set(value as Uint8Array, at);
    else if ("table" in field) this.#point(at, this.#table(field.table, value as FlatTable));
    else if ("tables" in field) {
      const { tables, by } = field;
      const list = value as readonly FlatTable[];
      const key = (element: FlatTable) => String(element[by ?? ""]);
      const sorted = by === undefined ? list : list.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
      this.#vector(at, sorted, (element) => this.#table(tables, element));
    } else {
      const bytes = value as Uint8Array;
      this.#align(field.align, field.align - 4);
      this.#point(at, this.#size);
      this.#counted(bytes.length / field.numbers, bytes);
    }
  }

  #vector<T>(from: number, elements: readonly T[], write: (element: T) => number): void {
    this.#align(4);
    this.#point(from, this.#size);
    const offsets = this.#counted(elements.length, new Uint8Array(4 * elements.length));
    for (const [i, element] of elements.entries()) this.#point(offsets + 4 * i, write(element));
  }

  #string(text: string): number {
    this.#align(4);
    const at = this.#size;
    const bytes = new TextEncoder().encode(text);
    this.#counted(bytes.length, bytes);
    this.#reserve(1);
    return at;
  }

  /** A count, and the bytes behind it; gives where those begin. */
  #counted(count: number, bytes: Uint8Array): number {
    const at = this.#reserve(4 + bytes.length);
    this.#view.setUint32(at, count, true);
    this.#bytes.set(bytes, at + 4);
    return at + 4;
  }

  #point(from: number, to: number): void {
    this.#view.setUint32(from, to - from, true);
  }

  /** Pads so that the next position is `rest` modulo `alignment`. */
  #align(alignment: number, rest = 0): void {
    this.#reserve((rest - this.#size) & (alignment - 1));
  }

  /** Takes `length` zero bytes; gives where they begin. */
  #reserve(length: number): number {
    const at = this.#size;
    this.#size += length;
    if (this.#size > this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#size);
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }
}

function inlineSize(field: FlatField): number {
  return typeof field === "object" && "number" in field ? field.number : 4;
}
