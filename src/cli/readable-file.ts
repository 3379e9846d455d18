import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { OrcaError, unreadable } from "../errors.ts";
import { fileTrouble } from "../file-errors.ts";

/** Throws `not_audio` where there is no file at `path`, `unreadable` where it may not be looked at; the message goes behind the path. */
export async function readableFile(path: string): Promise<string> {
  let found: Awaited<ReturnType<typeof stat>>;
  try {
    found = await stat(path);
  } catch (thrown) {
    if (fileTrouble(thrown)?.code === "ENOENT") throw notThere(path);
    throw unreadable(thrown);
  }
  if (found.isFile()) return path;
  throw new OrcaError("not_audio", "this is not a file.");
}

/** Bytes of a name that are no UTF-8 have become U+FFFD by the time that an argument is read. */
function notThere(path: string): OrcaError {
  if (!path.includes("\ufffd")) return new OrcaError("not_audio", "there is no such file.");
  return new OrcaError("not_audio", "there is no such file, or its name is not UTF-8.", { hint: "Rename it." });
}

/** The bytes of a file, from its beginning. Throws `unreadable`; the message goes behind the path. */
export async function* fileBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path) as AsyncIterable<Uint8Array>;
  } catch (thrown) {
    throw unreadable(thrown);
  }
}
