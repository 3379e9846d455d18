import type { OrcaError } from "../../errors.ts";
import type { RemoteObject } from "../../remote/index.ts";
import type { Start } from "../../times/index.ts";

/** A file or an object to be read. It goes to other processes as JSON. */
export interface Recording {
  /** As it is opened and spoken of. */
  readonly path: string;
  readonly absolute: string;
  /** Its path from the base, with `/` between names: its name in results. */
  readonly name: string;
  /** Size, and time of the last change in milliseconds since 1970. */
  readonly bytes: number;
  readonly modified: number;
  /** The tag of an object's contents, where its service says it: then that tells whether it is the same, and no time. */
  readonly etag?: string;
  /** Where it does not lie on a disk. */
  readonly elsewhere?: Elsewhere;
}

/** What one recording is made of that does not lie on a disk. */
export interface Elsewhere {
  /** One object, or several whose bytes follow one another. */
  readonly parts: readonly RemoteObject[];
  /** When it began, where its place among others says so. */
  readonly start?: Start;
}

export interface Found {
  readonly recordings: readonly Recording[];
  /** The folder that names are relative to. */
  readonly base: string;
  /** Files that were named and are not there, and folders and files that cannot be looked at, with why. */
  readonly missing: readonly Missing[];
  /** Files in folders that are no recordings, by what they are. */
  readonly leftOut: ReadonlyMap<string, LeftOut>;
  /** Patterns that files would fit if capitals and small letters were one. */
  readonly nearly: readonly Nearly[];
}

export interface Missing {
  readonly path: string;
  /** Its message goes behind the path. */
  readonly error: OrcaError;
}

export interface LeftOut {
  readonly count: number;
  /** The first of them. */
  readonly path: string;
  /** What to do about them. */
  readonly hint?: string;
}

export interface Nearly extends Omit<LeftOut, "hint"> {
  readonly pattern: string;
}
