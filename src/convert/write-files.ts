import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Artefact, ManifestFile } from "../models/index.ts";

export const MIB = 1024 * 1024;

/** Writes a file, in full and to the disk, and says what it is. */
export async function writeFileOf(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  folder: string,
  file: string,
): Promise<ManifestFile> {
  const handle = await open(join(folder, file), "w");
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      await handle.writeFile(chunk);
      hash.update(chunk);
      bytes += chunk.length;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { file, bytes, sha256: hash.digest("hex") };
}

/** `chunks` as files of `pieceBytes` each, the last one shorter, and what they are together. */
export async function writePieces(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  folder: string,
  stem: string,
  pieceBytes: number,
): Promise<Artefact> {
  const pieces: ManifestFile[] = [];
  const hash = createHash("sha256");
  let bytes = 0;
  const write = async (parts: readonly Uint8Array[]) => {
    const file = `${stem}.${String(pieces.length).padStart(3, "0")}`;
    pieces.push(await writeFileOf(parts, folder, file));
  };
  let waiting: Uint8Array[] = [];
  let room = pieceBytes;
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + room);
      waiting.push(part);
      at += part.length;
      room -= part.length;
      if (room > 0) continue;
      await write(waiting);
      waiting = [];
      room = pieceBytes;
    }
  }
  if (waiting.length > 0) await write(waiting);
  return { bytes, sha256: hash.digest("hex"), pieces };
}
