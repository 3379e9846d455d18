import { readFile, writeFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { crc32, inflateRawSync } from "node:zlib";
import { makeFolder } from "../../make-folder.node.ts";
import { FETCH_AGAIN, invalid } from "./invalid.ts";

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;

/** Humpback's largest file is 94 MB; an archive of a model is read whole. */
const LARGEST_FILE = 1 << 29;

/**
 * Unpacks a .zip of a SavedModel into `folder`. Throws `weights_invalid` where the archive is damaged or cut short, or has a
 * name that leads out of it.
 */
export async function unpackZip(path: string, folder: string): Promise<void> {
  for (const { name, at, data } of zipMembers(new Uint8Array(await readFile(path)), path, LARGEST_FILE)) {
    if (name.endsWith("/")) continue;
    const inside = normalize(name.replaceAll("\\", "/"));
    if (inside.startsWith("..") || inside.startsWith("/")) {
      throw invalid(path, at, `the member ${JSON.stringify(name)} leads out of the archive.`);
    }
    const target = join(folder, inside);
    await makeFolder(dirname(target));
    await writeFile(target, data, { flag: "wx" });
  }
}

/** A file in an archive. */
export interface ZipMember {
  readonly name: string;
  /** Where its local header is. */
  readonly at: number;
  readonly data: Uint8Array;
}

/**
 * Members by the directory at the end of a zip file: APPNOTE.TXT 4.3. It is read here because the CRC-32 of each member has to
 * be compared, which fflate does not do. Throws `weights_invalid`.
 * @param largest  bytes of a member, unpacked; more are refused
 */
export function* zipMembers(bytes: Uint8Array, file: string, largest: number): Generator<ZipMember> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = findEnd(view);
  if (end === undefined) throw invalid(file, bytes.length, "this is no zip file, or its end is missing.", FETCH_AGAIN);
  try {
    let at = view.getUint32(end + 16, true);
    for (let left = view.getUint16(end + 10, true); left > 0; left--) {
      if (view.getUint32(at, true) !== DIRECTORY_ENTRY)
        throw invalid(file, at, "the zip's directory is damaged.", FETCH_AGAIN);
      const [nameLength, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
        number,
        number,
        number,
      ];
      const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
      const local = view.getUint32(at + 42, true);
      yield { name, at: local, data: unpackMember(view, at, local, `${file}:${name}`, largest) };
      at += 46 + nameLength + extra + comment;
    }
  } catch (cause) {
    if (cause instanceof RangeError)
      throw invalid(file, end, "the zip's directory leads outside the file.", FETCH_AGAIN, cause);
    throw cause;
  }
}

/** The end record is the last thing in the file, but for a comment of up to 65535 bytes. */
function findEnd(view: DataView): number | undefined {
  const first = Math.max(0, view.byteLength - 22 - 0xffff);
  for (let at = view.byteLength - 22; at >= first; at--) {
    if (view.getUint32(at, true) === END_OF_DIRECTORY) return at;
  }
  return undefined;
}

function unpackMember(view: DataView, entry: number, local: number, name: string, largest: number): Uint8Array {
  const [crc, packed, size] = [16, 20, 24].map((field) => view.getUint32(entry + field, true)) as [
    number,
    number,
    number,
  ];
  const method = view.getUint16(entry + 10, true);
  if (view.getUint32(local, true) !== LOCAL_HEADER)
    throw invalid(name, local, "there is no zip member here.", FETCH_AGAIN);
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  if (size > largest) throw invalid(name, entry, `it has ${size} bytes, more than any published one.`);
  const stored = new Uint8Array(view.buffer, view.byteOffset + start, packed);
  const data = method === STORED ? stored : method === DEFLATED ? inflate(stored, size, name, start) : undefined;
  if (data === undefined)
    throw invalid(name, entry, `the member is compressed by method ${method}; 0 and 8 are known.`);
  if (data.length !== size || crc32(data) !== crc) {
    throw invalid(name, start, "it does not match its checksum.", FETCH_AGAIN);
  }
  return data;
}

function inflate(packed: Uint8Array, size: number, name: string, at: number): Uint8Array {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch (cause) {
    throw invalid(name, at, "it cannot be unpacked.", FETCH_AGAIN, cause);
  }
}
