import type { StartRecord } from "../../src/records/index.ts";
import { startOfName, utcText } from "../../src/times/index.ts";
import type { Sound } from "../audio/sound.ts";
import type { Result } from "./result.ts";

export type RunState = "waiting" | "running" | "done" | "stopped" | "failed";

/** A model's way through a recording. */
export interface Run {
  readonly model: string;
  state: RunState;
  /** Bytes that were used. */
  bytes: number;
  /** performance.now() when it began and ended. */
  began: number;
  ended: number;
  readonly controller: AbortController;
}

/** A recording, what it sounds like, and what each model says of it. */
export interface Recording {
  /** The same for the same bytes: labels that were kept are found by it. */
  readonly id: string;
  readonly name: string;
  /** Undefined for a live stream, which keeps no bytes, and for what was opened without its sound. */
  file: Blob | undefined;
  /** Whether it is heard as it comes. */
  readonly live: boolean;
  /** Whether its windows have times; those of a bundle that names none are only numbered. */
  timed: boolean;
  /** Fetches its sound, where that lies on a server or in a bundle. */
  fetchFile: (() => Promise<Blob>) | undefined;
  /** The same as a WAV file, where only the browser could decode it. */
  decoded: Blob | undefined;
  sound: Sound | undefined;
  /** Resolves when there is something to hear, or nothing; set when it was first asked for. */
  opening: Promise<void> | undefined;
  /** When it began, where that is known: by its name, then by its metadata, or by the reader. */
  start: Date | undefined;
  /** Who says so. */
  startBy: string | undefined;
  readonly runs: Map<string, Run>;
  readonly results: Map<string, Result>;
}

/** A start that the reader has set, or that was seen to begin: nobody else's holds. */
export const BY_READER = "set here";

export function newRecording(id: string, name: string, file: Blob | undefined, live = false): Recording {
  const recording: Recording = {
    id,
    name,
    file,
    live,
    timed: true,
    fetchFile: undefined,
    decoded: undefined,
    sound: undefined,
    opening: undefined,
    start: undefined,
    startBy: undefined,
    runs: new Map(),
    results: new Map(),
  };
  const start = startOfName(name);
  if (start !== undefined) takeStart(recording, { start: { ...start, utc: utcText(start.utc) } });
  return recording;
}

export function takeStart(recording: Recording, { start }: { readonly start?: StartRecord }): void {
  if (start === undefined || recording.startBy === BY_READER) return;
  recording.start = new Date(start.utc);
  recording.startBy = `${start.source}, within ${start.uncertainty} s. ${start.assumed ?? ""}`.trim();
}

/** What the pipeline should know of a recording's time. */
export function timesKnown({ name, file, start, startBy }: Recording): Record<string, string> {
  return {
    ...(file === undefined ? {} : { file: name }),
    ...(startBy === BY_READER && start !== undefined ? { start: start.toISOString() } : {}),
  };
}

/** Seconds that are known of a recording. */
export function secondsOf({ sound, results }: Recording): number {
  const ends = [...results.values()].map(({ header, ends }) => Math.max(ends.at(-1) ?? 0, header.source?.seconds ?? 0));
  return Math.max(sound?.seconds ?? 0, ...ends);
}
