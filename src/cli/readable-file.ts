import { stat } from "node:fs/promises";
import { OrcaError } from "../errors.ts";

/** Throws `not_audio` where there is no file at `path`; the message goes behind the path. */
export async function readableFile(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) return path;
  throw new OrcaError("not_audio", found === undefined ? "there is no such file." : "this is not a file.");
}
