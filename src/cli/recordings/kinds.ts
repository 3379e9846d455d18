import { open } from "node:fs/promises";
import {
  endingOf,
  isDetections,
  makersKind,
  RECORDING_ENDINGS,
  SNIFFED_BYTES,
  sniff,
  unreadKind,
} from "../../audio/index.ts";
import { OrcaError } from "../../errors.ts";

/** Names of samples without a header. */
const RAW = new Set(["raw", "pcm"]);

/** What a file in a folder is: a recording, or what else, with what to do about it where something can be done. */
export type Kind = "recording" | OtherKind;

export interface OtherKind {
  readonly leftOut: string;
  readonly hint?: string;
}

export const NOT_AUDIO: OtherKind = { leftOut: "no audio" };

/** A .dwv file is WAV, and its pieces of sound are of other times than their places in it. */
export const DETECTIONS: OtherKind = {
  leftOut: "pieces of sound of a SoundTrap's detector (.dwv)",
  hint: "They lie end to end, and are no recording; their times stand in the .bcl file. Give such a file by its name to read it.",
};

/**
 * Tells what a file is that nobody named: by its name where that is plain, else by its first bytes.
 * @param raw  whether samples without a header are looked for
 */
export async function kindOf(path: string, raw: boolean): Promise<Kind> {
  const ending = endingOf(path);
  if (raw) return RAW.has(ending) ? "recording" : NOT_AUDIO;
  // Where a file of such a name cannot be read, that is an error to be told.
  if (isNamedRecording(path)) return "recording";
  if (isDetections(path)) return DETECTIONS;
  const maker = makersKind(path);
  if (maker !== undefined) return { leftOut: maker.name, hint: maker.convert };
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

/** Whether a name is that of a recording, whatever stands in the file. */
export function isNamedRecording(path: string): boolean {
  return RECORDING_ENDINGS.has(endingOf(path));
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

/** What is looked for in place of recordings. */
export interface Taking {
  /** Whether a file is one, by its name. */
  isOne(name: string): boolean;
  /** What the others are. */
  readonly others: OtherKind;
}
