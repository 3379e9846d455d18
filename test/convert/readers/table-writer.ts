import { crc32c, masked } from "../../../src/convert/readers/crc32c.ts";

const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];

export interface TableOptions {
  /** A block ends after the entry that brings it to this many bytes. */
  readonly blockSize?: number;
  /** Keys are written whole every so many entries. */
  readonly restartInterval?: number;
  /** Packs blocks; their type is then 1. */
  readonly compress?: (bytes: Uint8Array) => Uint8Array;
}

/** A LevelDB-style table of sorted entries, in pieces, written from doc/table_format.md for the tests only. */
export function writeTable(
  entries: Iterable<readonly [key: Uint8Array | string, value: Uint8Array]>,
  { blockSize = 1 << 18, restartInterval = 16, compress }: TableOptions = {},
): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let position = 0;
  const put = (contents: readonly Uint8Array[], pack = compress) => {
    const raw = pack === undefined ? contents : [pack(Buffer.concat(contents))];
    const type = Uint8Array.of(pack === undefined ? 0 : 1);
    let crc = 0;
    for (const piece of [...raw, type]) crc = crc32c(piece, crc);
    const size = raw.reduce((sum, { length }) => sum + length, 0);
    const handle = Buffer.concat([varint(position), varint(size)]);
    pieces.push(...raw, type, fixed32(masked(crc)));
    position += size + 5;
    return handle;
  };
  const index: [Uint8Array, Uint8Array][] = [];
  let block = new BlockWriter(restartInterval);
  let last: Uint8Array = new Uint8Array(0);
  for (const [key, value] of entries) {
    last = typeof key === "string" ? new TextEncoder().encode(key) : key;
    block.add(last, value);
    if (block.size < blockSize) continue;
    index.push([last, put(block.finish())]);
    block = new BlockWriter(restartInterval);
  }
  if (block.size > 0) index.push([last, put(block.finish())]);
  const meta = put(new BlockWriter(restartInterval).finish(), undefined);
  const indexBlock = new BlockWriter(1);
  for (const [key, handle] of index) indexBlock.add(key, handle);
  const footer = Buffer.alloc(48);
  Buffer.concat([meta, put(indexBlock.finish())]).copy(footer);
  Buffer.from(MAGIC).copy(footer, 40);
  pieces.push(footer);
  return pieces;
}

class BlockWriter {
  size = 0;
  readonly #interval: number;
  readonly #pieces: Uint8Array[] = [];
  readonly #restarts: number[] = [];
  #last: Uint8Array = new Uint8Array(0);
  #count = 0;

  constructor(interval: number) {
    this.#interval = interval;
  }

  add(key: Uint8Array, value: Uint8Array): void {
    const restart = this.#count++ % this.#interval === 0;
    if (restart) this.#restarts.push(this.size);
    let shared = 0;
    while (!restart && shared < key.length && key[shared] === this.#last[shared]) shared++;
    const head = Buffer.concat([
      varint(shared),
      varint(key.length - shared),
      varint(value.length),
      key.subarray(shared),
    ]);
    this.#pieces.push(head, value);
    this.size += head.length + value.length;
    this.#last = key;
  }

  finish(): Uint8Array[] {
    const restarts = this.#restarts.length === 0 ? [0] : this.#restarts;
    return [...this.#pieces, ...[...restarts, restarts.length].map(fixed32)];
  }
}

export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Uint8Array.from([...bytes, left]);
    bytes.push((left % 128) + 128);
  }
}

export function fixed32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** A protobuf field: a number as a varint, bytes or text as length-delimited. */
export function field(number: number, value: number | string | Uint8Array): Buffer {
  if (typeof value === "number") return Buffer.concat([varint(number << 3), varint(value)]);
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

/** TensorShapeProto. */
export function shapeField(number: number, shape: readonly number[]): Buffer {
  return field(number, Buffer.concat(shape.map((size) => field(2, field(1, size)))));
}
