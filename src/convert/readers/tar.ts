import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { OrcaError } from "../../errors.ts";
import { makeFolder } from "../../make-folder.node.ts";
import { FETCH_AGAIN, invalid } from "./invalid.ts";
import { reason } from "./positioned-file.ts";

const BLOCK = 512;
/** A header with a long name or other properties of the next file; real ones are far below. */
const LONGEST_EXTENSION = 1 << 20;

export interface TarLimits {
  /** Bytes of all files together. */
  readonly bytes: number;
  readonly files: number;
}

/** VGGish is 289 MB and has four files. */
const LIMITS: TarLimits = { bytes: 2 ** 31, files: 10_000 };

export interface TarFile {
  readonly name: string;
  readonly size: number;
  /** The file's bytes; to be read to its end before the next file is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Unpacks a .tar.gz into `folder`, a piece at a time. Gives the files' names. Throws `weights_invalid` where the archive
 * is damaged or cut short (gzip's own checksum says so), is larger than `limits`, or has a name that leads out of it.
 */
export async function unpackTarGz(path: string, folder: string, limits = LIMITS): Promise<string[]> {
  const names: string[] = [];
  try {
    await pipeline(createReadStream(path), createGunzip(), async (source: AsyncIterable<Uint8Array>) => {
      for await (const file of tarFiles(source, path, limits)) {
        const target = join(folder, file.name);
        await makeFolder(dirname(target));
        const handle = await open(target, "wx");
        try {
          for await (const bytes of file.content) await handle.writeFile(bytes);
        } finally {
          await handle.close();
        }
        names.push(file.name);
      }
    });
  } catch (cause) {
    if (cause instanceof OrcaError) throw cause;
    throw new OrcaError("weights_invalid", `${path} cannot be unpacked: ${reason(cause)}.`, {
      hint: FETCH_AGAIN,
      cause,
    });
  }
  return names;
}

/**
 * The regular files of a tar stream (POSIX ustar and pax, GNU long names). Folders are passed over; links and devices
 * are refused. Byte offsets in errors are of the unpacked archive.
 */
export async function* tarFiles(
  source: AsyncIterable<Uint8Array>,
  archive: string,
  limits = LIMITS,
): AsyncGenerator<TarFile> {
  const stream = new ByteStream(source, archive);
  const left = { ...limits };
  let longName: string | undefined;
  let longSize: number | undefined;
  for (;;) {
    const at = stream.position;
    const header = parseHeader(await stream.take(BLOCK), archive, at);
    if (header === undefined) break;
    if (header.type === "L" || header.type === "x" || header.type === "g") {
      if (header.size > LONGEST_EXTENSION) throw invalid(archive, at, `an extended header has ${header.size} bytes.`);
      const bytes = await stream.take(header.size);
      await stream.take(-header.size & (BLOCK - 1));
      if (header.type === "L") longName = text(bytes);
      if (header.type === "x") ({ path: longName = longName, size: longSize } = parsePax(bytes));
      continue;
    }
    const size = longSize ?? header.size;
    const name = safeName(longName ?? header.name, archive, at);
    longName = undefined;
    longSize = undefined;
    if (header.type === "5") continue;
    if (header.type !== "0") throw invalid(archive, at, `${name} is no regular file (type ${header.type}).`);
    left.files -= 1;
    left.bytes -= size;
    if (left.files < 0 || !(left.bytes >= 0)) {
      throw invalid(archive, at, `the archive has more than ${limits.files} files or ${limits.bytes} bytes.`);
    }
    const end = stream.position + size;
    yield { name, size, content: stream.pieces(size) };
    if (stream.position !== end) throw new OrcaError("internal", `${name} was not read to its end.`);
    await stream.take(-size & (BLOCK - 1));
  }
  await stream.drain();
}

interface Header {
  readonly name: string;
  readonly size: number;
  readonly type: string;
}

/** undefined for a block of zeros, which ends the archive. */
function parseHeader(block: Uint8Array, archive: string, at: number): Header | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const field = (start: number, length: number) => text(block.subarray(start, start + length));
  const octal = (start: number, length: number) => Number.parseInt(field(start, length).trim() || "0", 8);
  let sum = 0;
  for (const [i, byte] of block.entries()) sum += i >= 148 && i < 156 ? 32 : byte;
  const size = octal(124, 12);
  if (sum !== octal(148, 8) || !(size >= 0)) {
    throw invalid(archive, at, "there is no tar header here: its checksum is wrong.", FETCH_AGAIN);
  }
  const prefix = field(257, 5) === "ustar" ? field(345, 155) : "";
  const type = field(156, 1) || "0";
  return { name: prefix === "" ? field(0, 100) : `${prefix}/${field(0, 100)}`, size, type: type === "7" ? "0" : type };
}

/** Up to the first zero byte. */
function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end));
}

/** Records "LENGTH KEY=VALUE\n"; those that matter. */
function parsePax(bytes: Uint8Array): { path?: string; size?: number } {
  const records = new Map([...new TextDecoder().decode(bytes).matchAll(/^\d+ (\w+)=(.*)$/gm)].map((m) => [m[1], m[2]]));
  const path = records.get("path");
  const size = records.get("size");
  return { ...(path === undefined ? {} : { path }), ...(size === undefined ? {} : { size: Number(size) }) };
}

/** The name without a leading "./". One that would lead out of the folder throws `weights_invalid`. */
function safeName(name: string, archive: string, at: number): string {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  const safe = !name.startsWith("/") && !/[\\:\0]/.test(name) && !parts.includes("..");
  if (safe) return parts.join("/");
  throw invalid(archive, at, `the archive has a file ${JSON.stringify(name)}, which leads out of it.`);
}

/** Exact counts of bytes out of chunks of any size. */
class ByteStream {
  position = 0;
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #archive: string;
  #chunk: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>, archive: string) {
    this.#source = source[Symbol.asyncIterator]();
    this.#archive = archive;
  }

  async take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for await (const piece of this.pieces(length)) parts.push(piece);
    return Buffer.concat(parts);
  }

  async *pieces(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; ) {
      while (this.#chunk.length === 0) {
        const next = await this.#source.next();
        if (next.done) throw invalid(this.#archive, this.position, "the archive ends in the middle.", FETCH_AGAIN);
        this.#chunk = next.value;
      }
      const piece = this.#chunk.subarray(0, left);
      this.#chunk = this.#chunk.subarray(piece.length);
      this.position += piece.length;
      left -= piece.length;
      yield piece;
    }
  }

  /** Reads on to the end of the source, so that a checksum behind the last file is compared. */
  async drain(): Promise<void> {
    while (!(await this.#source.next()).done);
  }
}
