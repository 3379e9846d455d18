import { type FileHandle, open, stat } from "node:fs/promises";
import type { MetadataBlock } from "../times/index.ts";
import { dataSize } from "./data-size.ts";
import { chunkKind, MetadataBlocks } from "./metadata.ts";

/** Chunks that are looked at; a damaged file may seem to have one every eight bytes. */
const MOST_CHUNKS = 1000;

/** Bytes of a chunk that are read at a time. */
const PIECE = 1 << 16;

/** What is known of a file on disk before its bytes come in their order; options of extract() and Reading. */
export interface Behind {
  /** Bytes. */
  readonly size?: number;
  /** Metadata that stands behind the audio of a WAV file: in a stream it comes too late for the header. */
  readonly metadata?: readonly MetadataBlock[];
}

/**
 * Looks at a file's size and behind its audio. Nothing where it is no file; no metadata where it is no WAV file, or damaged:
 * what is wrong with it the decoder says.
 */
export async function lookBehind(path: string): Promise<Behind> {
  // Opening a pipe would wait for its writer, and take from it.
  const stats = await stat(path).catch(() => undefined);
  if (!stats?.isFile()) return {};
  const { size } = stats;
  const file = await open(path).catch(() => undefined);
  try {
    return file === undefined ? { size } : { size, metadata: await tail(file, size) };
  } catch {
    return { size };
  } finally {
    await file?.close();
  }
}

async function tail(file: FileHandle, fileSize: number): Promise<readonly MetadataBlock[]> {
  const blocks = new MetadataBlocks();
  const form = await read(file, 0, 12);
  if (!["RIFF", "RF64", "BW64"].includes(name(form, 0)) || name(form, 8) !== "WAVE") return [];
  let behind = false;
  let longSize = 0;
  for (let at = 12, count = 0; count < MOST_CHUNKS; count++) {
    const head = await read(file, at, 8);
    if (head.byteLength < 8) break;
    const id = name(head, 0);
    let size = head.getUint32(4, true);
    if (id === "ds64") longSize = Number((await read(file, at + 8, 16)).getBigUint64(8, true));
    if (id === "data" && !behind) {
      const claims = { said: size, riff: form.getUint32(4, true), start: at + 8, file: fileSize };
      size = size === 0xffff_ffff && longSize > 0 ? longSize : (dataSize(claims, 1) ?? fileSize);
      behind = true;
    } else if (behind) await keep(file, at + 8, size, blocks, chunkKind(id));
    at += 8 + size + (size % 2);
  }
  return blocks.all();
}

async function keep(
  file: FileHandle,
  at: number,
  size: number,
  blocks: MetadataBlocks,
  kind: MetadataBlock["kind"] | undefined,
): Promise<void> {
  if (kind === undefined || size === 0) return;
  blocks.begin(kind);
  for (let done = 0; done < size && !blocks.full; ) {
    const part = await read(file, at + done, Math.min(PIECE, size - done));
    if (part.byteLength === 0) break;
    blocks.push(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    done += part.byteLength;
  }
  blocks.end();
}

/** The bytes from `at` on, fewer where the file ends. */
async function read(file: FileHandle, at: number, length: number): Promise<DataView> {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await file.read(bytes, 0, length, at);
  return new DataView(bytes.buffer, 0, bytesRead);
}

function name(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((place) => view.getUint8(at + place)));
}
