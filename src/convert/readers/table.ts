import { crc32c, crc32cOf, masked } from "./crc32c.ts";
import { Cursor } from "./cursor.ts";
import { FETCH_AGAIN, invalid } from "./invalid.ts";
import { memoryFile, type PositionedFile, partOf } from "./positioned-file.ts";
import { unpackSnappy } from "./snappy.ts";

const FOOTER = 48;
const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
/** A block's type (1 byte) and masked checksum (4 bytes) come after it. */
const TRAILER = 5;
const RAW = 0;
const SNAPPY = 1;
/** A raw block up to here is read in one go; a larger one, such as VGGish's fc1_1 of 201 MB, only where it is wanted. */
const SMALL_BLOCK = 1 << 22;
/** Three varints of at most 5 bytes each: shared, own and value length. */
const ENTRY_HEAD = 15;

interface BlockHandle {
  readonly offset: number;
  readonly size: number;
}

interface DataBlock {
  /** Not less than any key of the block, and less than all of the next. */
  readonly last: Uint8Array;
  readonly handle: BlockHandle;
}

export interface TableEntry {
  readonly key: Uint8Array;
  /** The value's bytes: a part of the table's file, or of what its block unpacked to. */
  readonly value: PositionedFile;
}

/** Whether a file ends as a table does. */
export async function isTable(file: PositionedFile): Promise<boolean> {
  if (file.size < FOOTER) return false;
  const end = await file.read(file.size - MAGIC.length, MAGIC.length);
  return MAGIC.every((byte, at) => byte === end[at]);
}

/**
 * A table in LevelDB's format (google/leveldb doc/table_format.md), which TensorFlow took over for its checkpoints:
 * sorted keys with their values, in blocks that each have a masked CRC-32C. A block is believed only after its checksum
 * was compared. Every fault throws `weights_invalid` with the byte.
 */
export class Table {
  readonly #file: PositionedFile;
  readonly #blocks: readonly DataBlock[];

  private constructor(file: PositionedFile, blocks: readonly DataBlock[]) {
    this.#file = file;
    this.#blocks = blocks;
  }

  static async open(file: PositionedFile): Promise<Table> {
    if (!(await isTable(file))) {
      throw invalid(
        file.name,
        Math.max(0, file.size - MAGIC.length),
        "the file does not end as a table does.",
        FETCH_AGAIN,
      );
    }
    const footer = cursorOf(file, await file.read(file.size - FOOTER, FOOTER), file.size - FOOTER);
    // The meta index is empty in every checkpoint; it is loaded to see that it is whole.
    await loadBlock(file, handle(footer));
    const blocks: DataBlock[] = [];
    for await (const { key, value } of entriesOf(await loadBlock(file, handle(footer)))) {
      const bytes = await value.read(0, value.size);
      blocks.push({ last: key, handle: handle(cursorOf(value, bytes, value.origin)) });
    }
    return new Table(file, blocks);
  }

  /** All entries in the order of their keys. */
  async *entries(): AsyncGenerator<TableEntry> {
    for (const { handle } of this.#blocks) yield* entriesOf(await loadBlock(this.#file, handle));
  }

  /** The entry with this key. Only its block is loaded. */
  async find(key: Uint8Array): Promise<TableEntry | undefined> {
    const block = this.#blocks.find(({ last }) => Buffer.compare(last, key) >= 0);
    if (block === undefined) return undefined;
    for await (const entry of entriesOf(await loadBlock(this.#file, block.handle))) {
      if (Buffer.compare(entry.key, key) === 0) return entry;
    }
    return undefined;
  }
}

function cursorOf(file: PositionedFile, bytes: Uint8Array, origin: number): Cursor {
  return new Cursor(bytes, file.name, origin);
}

function handle(cursor: Cursor): BlockHandle {
  return { offset: cursor.varint(), size: cursor.varint() };
}

/** A block's contents, after its checksum was compared. */
async function loadBlock(file: PositionedFile, { offset, size }: BlockHandle): Promise<PositionedFile> {
  if (offset + size + TRAILER > file.size - FOOTER) {
    throw invalid(file.name, offset, `a block of ${size} bytes that should be here is outside the table.`, FETCH_AGAIN);
  }
  const whole = size <= SMALL_BLOCK ? await file.read(offset, size + TRAILER) : undefined;
  const trailer = cursorOf(file, whole?.subarray(size) ?? (await file.read(offset + size, TRAILER)), offset + size);
  const type = trailer.take(1)[0] as number;
  const crc = whole === undefined ? await crc32cOf(file, offset, size + 1) : crc32c(whole.subarray(0, size + 1));
  if (trailer.fixed32() !== masked(crc)) {
    throw invalid(
      file.name,
      offset,
      `the block of ${size} bytes from here on does not match its checksum.`,
      FETCH_AGAIN,
    );
  }
  if (type === RAW) {
    return whole === undefined
      ? partOf(file, offset, size)
      : memoryFile(file.name, whole.subarray(0, size), file.origin + offset);
  }
  if (type !== SNAPPY) {
    throw invalid(
      file.name,
      offset + size,
      `the block is compressed by method ${type}; 0 (none) and 1 (snappy) are known.`,
    );
  }
  const packed = whole?.subarray(0, size) ?? (await file.read(offset, size));
  return memoryFile(`${file.name}, in the snappy block at byte ${offset}`, unpackSnappy(packed, file.name, offset));
}

async function* entriesOf(block: PositionedFile): AsyncGenerator<TableEntry> {
  const end = block.size - (await restartBytes(block));
  let key: Uint8Array = new Uint8Array(0);
  let first = true;
  for (let at = 0; at < end; ) {
    const head = cursorOf(block, await block.read(at, Math.min(ENTRY_HEAD, end - at)), block.origin + at);
    const [shared, own, length] = [head.varint(), head.varint(), head.varint()];
    at += head.position;
    if (shared > key.length || own + length > end - at) {
      throw invalid(block.name, block.origin + at, "an entry reaches outside its block.");
    }
    const next = Buffer.concat([key.subarray(0, shared), await block.read(at, own)]);
    if (!first && Buffer.compare(key, next) >= 0) {
      throw invalid(block.name, block.origin + at, "the keys are not in order.");
    }
    yield { key: next, value: partOf(block, at + own, length) };
    key = next;
    first = false;
    at += own + length;
  }
}

/** Bytes of the list of restart points at a block's end, which only a search inside the block needs. */
async function restartBytes(block: PositionedFile): Promise<number> {
  const count = block.size < 4 ? Number.POSITIVE_INFINITY : await lastWord(block);
  if (4 * (count + 1) > block.size) {
    throw invalid(block.name, block.origin, `a block of ${block.size} bytes is too short for what it says of itself.`);
  }
  return 4 * (count + 1);
}

async function lastWord(block: PositionedFile): Promise<number> {
  const at = block.size - 4;
  return cursorOf(block, await block.read(at, 4), block.origin + at).fixed32();
}
