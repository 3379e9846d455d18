/**
 * usearch's index file, float16 and inner product, as hoplite keeps vectors in it (usearch 2.25, index_dense.hpp and
 * index.hpp): u32 rows, u32 bytes a row; the rows; a head of 64 bytes; the graph's head of five u64 (size, connectivity,
 * connectivity of the base, largest level, entry); an i16 level a node; the nodes: u64 key, i16 level, u32 count and 32 u32
 * of neighbours, and u32 count and 16 u32 for each higher level. Little-endian.
 */

/** What the file begins with: rows and bytes a row. */
export const SIZES_BYTES = 8;
const HEAD_BYTES = 64;
const GRAPH_HEAD_BYTES = 40;
const CONNECTIVITY = 16;
const BASE_CONNECTIVITY = 32;
/** Key, level, and the base's count and neighbours. */
const NODE_BYTES = 8 + 2 + 4 + 4 * BASE_CONNECTIVITY;
const HIGHER_LEVEL_BYTES = 4 + 4 * CONNECTIVITY;
const VERSION = [2, 25, 3] as const;
/** usearch's numbers of the metric, and of what rows, keys and slots are. */
const [INNER_PRODUCT, F16, U64, U32] = [0x69, 12, 14, 15];

/** What an index holds, without its rows. */
export interface UsearchIndex {
  readonly dimensions: number;
  /** Ids of windows, row by row. */
  readonly keys: Float64Array;
  /** Whether nodes have neighbours: without, only exact search finds anything. */
  readonly edges: boolean;
}

export function usearchSizes(rows: number, dimensions: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(rows, dimensions * 2).buffer);
}

/** What stands behind the rows of an index without edges. Pieces, in order. */
export function* usearchTail(keys: Float64Array, dimensions: number): Generator<Uint8Array> {
  const rows = keys.length;
  const head = new DataView(new ArrayBuffer(HEAD_BYTES + GRAPH_HEAD_BYTES));
  for (const [at, letter] of [..."usearch"].entries()) head.setUint8(at, letter.charCodeAt(0));
  for (const [at, part] of VERSION.entries()) head.setUint16(7 + 2 * at, part, true);
  for (const [at, kind] of [INNER_PRODUCT, F16, U64, U32].entries()) head.setUint8(13 + at, kind as number);
  for (const [at, count] of [rows, 0, dimensions].entries()) head.setBigUint64(17 + 8 * at, BigInt(count), true);
  for (const [at, size] of [rows, CONNECTIVITY, BASE_CONNECTIVITY, 0, 0].entries())
    head.setBigUint64(HEAD_BYTES + 8 * at, BigInt(size), true);
  yield new Uint8Array(head.buffer);
  for (let at = 0; at < rows; at += PIECE) yield new Uint8Array(2 * Math.min(PIECE, rows - at));
  for (let at = 0; at < rows; at += PIECE) {
    const nodes = new DataView(new ArrayBuffer(NODE_BYTES * Math.min(PIECE, rows - at)));
    for (let node = 0; node < nodes.byteLength / NODE_BYTES; node++)
      nodes.setBigUint64(node * NODE_BYTES, BigInt(keys[at + node] as number), true);
    yield new Uint8Array(nodes.buffer);
  }
}

/** Nodes of a piece: 2 MB. */
const PIECE = 1 << 14;

/** Bytes of a file, anywhere. */
export interface FileBytes {
  readonly size: number;
  /** Throws where there are fewer. */
  read(at: number, length: number): Uint8Array;
}

/**
 * Reads an index but for its rows. Returns in words what is wrong with it: cut off, of another kind, or damaged.
 * @param dimensions  that a row must have
 */
export function readUsearch(file: FileBytes, dimensions: number): UsearchIndex | string {
  if (file.size < SIZES_BYTES) return "it is empty";
  const view = (at: number, length: number) => {
    const bytes = file.read(at, length);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
  const sizes = view(0, SIZES_BYTES);
  const [rows, width] = [sizes.getUint32(0, true), sizes.getUint32(4, true)];
  const behind = SIZES_BYTES + rows * width;
  if (rows > 0 && width !== dimensions * 2)
    return `a row has ${width} bytes, and ${dimensions} numbers of float16 were expected`;
  if (file.size < behind + HEAD_BYTES + GRAPH_HEAD_BYTES) return "it is cut off";
  const head = view(behind, HEAD_BYTES + GRAPH_HEAD_BYTES);
  if ([..."usearch"].some((letter, at) => head.getUint8(at) !== letter.charCodeAt(0)))
    return "it is no index of usearch's";
  const kinds = [INNER_PRODUCT, F16, U64, U32];
  if (kinds.some((kind, at) => head.getUint8(13 + at) !== kind)) return "it is no index of float16 by inner product";
  const levelsAt = behind + HEAD_BYTES + GRAPH_HEAD_BYTES;
  if (Number(head.getBigUint64(HEAD_BYTES, true)) !== rows) return "it contradicts itself about its size";
  if (file.size < levelsAt + 2 * rows) return "it is cut off";
  return readNodes(file, rows, levelsAt, dimensions);
}

function readNodes(file: FileBytes, rows: number, levelsAt: number, dimensions: number): UsearchIndex | string {
  const keys = new Float64Array(rows);
  let edges = false;
  let at = levelsAt + 2 * rows;
  for (let first = 0; first < rows; first += PIECE) {
    const count = Math.min(PIECE, rows - first);
    const levels = file.read(levelsAt + 2 * first, 2 * count).slice();
    const tall = new Int16Array(levels.buffer);
    const length = tall.reduce((sum, level) => sum + NODE_BYTES + level * HIGHER_LEVEL_BYTES, 0);
    if (tall.some((level) => level < 0) || file.size < at + length) return "it is cut off, or its nodes are damaged";
    const bytes = file.read(at, length);
    const nodes = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let offset = 0;
    for (const [node, level] of tall.entries()) {
      keys[first + node] = Number(nodes.getBigUint64(offset, true));
      edges ||= nodes.getUint32(offset + 10, true) > 0;
      offset += NODE_BYTES + level * HIGHER_LEVEL_BYTES;
    }
    at += length;
  }
  return { dimensions, keys, edges };
}
