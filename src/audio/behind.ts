import type { MetadataBlock } from "../times/index.ts";
import { dataSize } from "./data-size.ts";
import { chunkKind, MetadataBlocks } from "./metadata.ts";
import { boxHeader, LONG_BOX_HEADER, LONGEST_INDEX } from "./mp4/index.ts";

/** Bytes that can be read anywhere: a file, a Blob, bytes in memory. */
export interface RandomAccess {
  /** Bytes. */
  readonly size: number;
  /** The bytes from `at` on, fewer where they end. */
  read(at: number, length: number): Promise<Uint8Array>;
}

/** What is known of a recording before its bytes come in their order; options of extract() and Reading. */
export interface Behind {
  /** Bytes. */
  readonly size?: number;
  /** Metadata that stands behind the audio of a WAV file: in a stream it comes too late for the header. */
  readonly metadata?: readonly MetadataBlock[];
  /** What tells where the sound stands, where that stands behind it (MP4's moov, CAF's pakt). */
  readonly index?: { readonly bytes: Uint8Array; readonly source: number };
  /** Whether that was looked for up to the end of the bytes, and is not there. */
  readonly noIndex?: true;
}

/** Chunks and boxes that are looked at; a damaged file may seem to have one every eight bytes. */
const MOST_CHUNKS = 1000;

/** Bytes of a chunk that are read at a time. */
const PIECE = 1 << 16;

/** Looks behind the audio. Nothing but the size where there is nothing, or where the file is damaged: the decoder says how. */
export async function lookBehind(source: RandomAccess): Promise<Behind> {
  const { size } = source;
  const form = await source.read(0, 12);
  const metadata = await wavMetadata(source, form);
  const index = name(form, 0) === "caff" ? await cafIndex(source) : await movieIndex(source, form);
  if (index === "none") return { size, metadata, noIndex: true };
  return { size, metadata, ...(index === undefined ? {} : { index }) };
}

async function wavMetadata(source: RandomAccess, form: Uint8Array): Promise<readonly MetadataBlock[]> {
  if (!["RIFF", "RF64", "BW64"].includes(name(form, 0)) || name(form, 8) !== "WAVE") return [];
  const blocks = new MetadataBlocks();
  const riff = viewOf(form).getUint32(4, true);
  let behind = false;
  let longSize = 0;
  for (let at = 12, count = 0; count < MOST_CHUNKS; count++) {
    const head = await source.read(at, 8);
    if (head.length < 8) break;
    const id = name(head, 0);
    let size = viewOf(head).getUint32(4, true);
    if (id === "ds64") {
      const sizes = await source.read(at + 8, 16);
      if (sizes.length === 16) longSize = Number(viewOf(sizes).getBigUint64(8, true));
    }
    if (id === "data" && !behind) {
      const claims = { said: size, riff, start: at + 8, file: source.size };
      size = size === 0xffff_ffff && longSize > 0 ? longSize : (dataSize(claims, 1) ?? source.size);
      behind = true;
    } else if (behind) await keep(source, at + 8, size, blocks, chunkKind(id));
    at += 8 + size + (size % 2);
  }
  return blocks.all();
}

/** An index that stands behind the sound; none, where there is sound and no index. */
type Found = Behind["index"] | "none";

/** MP4's moov, where sound (mdat) stands before it. */
async function movieIndex(source: RandomAccess, form: Uint8Array): Promise<Found> {
  if (!["ftyp", "mdat", "wide"].includes(name(form, 4))) return undefined;
  let sound = false;
  let at = 0;
  for (let count = 0; at < source.size && count < MOST_CHUNKS; count++) {
    const head = boxHeader(await source.read(at, LONG_BOX_HEADER), 0);
    if (head === undefined || head.size < head.header) return sound ? "none" : undefined;
    if (head.type === "moov") {
      const length = head.size - head.header;
      // Before the sound it comes in time, and no index is so long.
      if (!sound || length > LONGEST_INDEX) return undefined;
      return await whole(source, at + head.header, length);
    }
    sound ||= head.type === "mdat";
    at += head.size;
  }
  return sound && at >= source.size ? "none" : undefined;
}

/** An index that ends early would be taken for a shorter recording. */
async function whole(source: RandomAccess, at: number, length: number): Promise<Found> {
  const bytes = await source.read(at, length);
  return bytes.length === length ? { bytes, source: at } : "none";
}

/** CAF's pakt, where sound (data) stands before it. */
async function cafIndex(source: RandomAccess): Promise<Found> {
  let sound = false;
  let at = 8;
  for (let count = 0; at < source.size && count < MOST_CHUNKS; count++) {
    const head = await source.read(at, 12);
    const size = head.length < 12 ? -1 : Number(viewOf(head).getBigInt64(4));
    if (size < 0) return sound ? "none" : undefined;
    if (name(head, 0) === "pakt") {
      if (!sound || size > LONGEST_INDEX) return undefined;
      return await whole(source, at + 12, size);
    }
    sound ||= name(head, 0) === "data";
    at += 12 + size;
  }
  return sound && at >= source.size ? "none" : undefined;
}

async function keep(
  source: RandomAccess,
  at: number,
  size: number,
  blocks: MetadataBlocks,
  kind: MetadataBlock["kind"] | undefined,
): Promise<void> {
  if (kind === undefined || size === 0) return;
  blocks.begin(kind);
  for (let done = 0; done < size && !blocks.full; ) {
    const part = await source.read(at + done, Math.min(PIECE, size - done));
    if (part.length === 0) break;
    blocks.push(part);
    done += part.length;
  }
  blocks.end();
}

function name(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
