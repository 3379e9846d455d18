import { open } from "node:fs/promises";
import { endingOf, RECORDING_ENDINGS, SNIFFED_BYTES, sniff, unreadKind } from "../../audio/index.ts";
import { OrcaError } from "../../errors.ts";

/** Names of samples without a header. */
const RAW = new Set(["raw", "pcm"]);

/** What a file in a folder is: a recording, or what else. */
export type Kind = "recording" | { readonly leftOut: string };

const NOT_AUDIO = { leftOut: "no audio" };

/**
 * Tells what a file is that nobody named: by its name where that is plain, else by its first bytes.
 * @param raw  whether samples without a header are looked for
 */
export async function kindOf(path: string, raw: boolean): Promise<Kind> {
  const ending = endingOf(path);
  if (raw) return RAW.has(ending) ? "recording" : NOT_AUDIO;
  // Where a file of such a name cannot be read, that is an error to be told.
  if (RECORDING_ENDINGS.has(ending)) return "recording";
  const bytes = await firstBytes(path).catch(() => undefined);
  // Why it cannot be opened is said where it is opened again.
  if (bytes === undefined) return "recording";
  if (bytes.length === 0) return NOT_AUDIO;
  try {
    return sniff(bytes, true).kind === "more" ? NOT_AUDIO : "recording";
  } catch (thrown) {
    if (!(thrown instanceof OrcaError)) throw thrown;
    const unread = unreadKind(bytes);
    return unread === undefined ? NOT_AUDIO : { leftOut: unread.name };
  }
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array(SNIFFED_BYTES);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
