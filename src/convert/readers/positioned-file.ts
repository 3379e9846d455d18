import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { OrcaError } from "../../errors.ts";
import { FETCH_AGAIN, invalid } from "./invalid.ts";

/** Bytes that are read where they are wanted, so that a file larger than memory can be looked into. */
export interface PositionedFile {
  /** As errors call it. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Where position 0 is in the file that `name` names: not 0 for a part of a file. */
  readonly origin: number;
  /** The bytes [position, position + length), not to be written into. Throws `weights_invalid` outside the file. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** Fills `target` from `position` on. Throws as `read`. */
  readInto(target: Uint8Array, position: number): Promise<void>;
  close(): Promise<void>;
}

/** Throws `weights_invalid` where [position, position + length) is not inside the file. */
function checkRange(file: PositionedFile, position: number, length: number): void {
  if (position >= 0 && length >= 0 && position + length <= file.size) return;
  throw invalid(
    file.name,
    file.origin + position,
    `${length} bytes are wanted from here, but there are only ${file.size} from byte ${file.origin} on.`,
    FETCH_AGAIN,
  );
}

/** A file on disk, opened until `close`. Throws `weights_invalid` where there is none that can be read. */
export async function openFile(path: string): Promise<PositionedFile> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (cause) {
    throw new OrcaError("weights_invalid", `${path} cannot be opened: ${reason(cause)}.`, { cause });
  }
  try {
    const stat = await handle.stat();
    if (stat.isFile()) return fileOn(handle, basename(path), stat.size);
    throw new OrcaError("weights_invalid", `${path} is not a file.`);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function fileOn(handle: FileHandle, name: string, size: number): PositionedFile {
  const file: PositionedFile = {
    name,
    size,
    origin: 0,
    async read(position, length) {
      checkRange(file, position, length);
      const target = new Uint8Array(length);
      await file.readInto(target, position);
      return target;
    },
    async readInto(target, position) {
      checkRange(file, position, target.length);
      for (let done = 0; done < target.length; ) {
        const { bytesRead } = await handle.read(target, done, target.length - done, position + done);
        if (bytesRead === 0) throw invalid(name, position + done, "the file became shorter while it was read.");
        done += bytesRead;
      }
    },
    close: () => handle.close(),
  };
  return file;
}

/** Bytes in memory with the same face; `read` gives views of them. */
export function memoryFile(name: string, bytes: Uint8Array, origin = 0): PositionedFile {
  const file: PositionedFile = {
    name,
    size: bytes.length,
    origin,
    async read(position, length) {
      checkRange(file, position, length);
      return bytes.subarray(position, position + length);
    },
    async readInto(target, position) {
      checkRange(file, position, target.length);
      target.set(bytes.subarray(position, position + target.length));
    },
    async close() {},
  };
  return file;
}

/** `size` bytes of `file` from `start` on, as a file. Closing it leaves `file` open. */
export function partOf(file: PositionedFile, start: number, size: number): PositionedFile {
  checkRange(file, start, size);
  const part: PositionedFile = {
    name: file.name,
    size,
    origin: file.origin + start,
    async read(position, length) {
      checkRange(part, position, length);
      return file.read(start + position, length);
    },
    async readInto(target, position) {
      checkRange(part, position, target.length);
      return file.readInto(target, start + position);
    },
    async close() {},
  };
  return part;
}

/** What the system says of a failed call, without its name and path: "no such file or directory". */
export function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^[A-Z]+: /, "").replace(/, \w+( '.*')?$/, "");
}
