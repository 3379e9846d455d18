import { fileTrouble } from "./file-errors.ts";

/** What can go wrong, as a caller or an HTTP client tells it apart. docs/http.md lists those that a client meets, with their status. */
export const ERROR_CODES = [
  "empty_body",
  "not_audio",
  "wav_malformed",
  "audio_malformed",
  "unsupported_encoding",
  "no_samples",
  "bad_option",
  "unknown_model",
  "unknown_variant",
  "too_large",
  "too_slow",
  "busy",
  "stopping",
  "rate_limited",
  "unauthorized",
  "forbidden",
  "host_refused",
  "origin_refused",
  "not_found",
  "method_not_allowed",
  "models_missing",
  "model_damaged",
  "weights_invalid",
  "description_invalid",
  "fetch_failed",
  "live_failed",
  "record_malformed",
  "playlist_malformed",
  "checksum_mismatch",
  "upload_failed",
  "bundle_invalid",
  /** A collection is damaged, none, or of a newer version. */
  "collection_invalid",
  "head_invalid",
  "engine_failed",
  /** A file or folder cannot be read, by what the file system says. */
  "unreadable",
  /** A folder cannot be written to: it may not be, or its disk is full. Nothing else can be written there either. */
  "unwritable",
  /** A file's name is longer than the disk takes. */
  "name_too_long",
  "cancelled",
  "internal",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** Where it went wrong and what to do. */
export interface ErrorDetails {
  /** Byte offset in the input, from 0. */
  readonly byteOffset?: number;
  /** The option or field that was wrong. */
  readonly field?: string;
  /** Seconds after which it may be tried again. */
  readonly retryAfter?: number;
  /** What to do about it: a sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * The one error class of this project. `message` says what was wrong and where; `hint` what to do.
 */
export class OrcaError extends Error {
  readonly code: ErrorCode;
  readonly byteOffset: number | undefined;
  readonly field: string | undefined;
  readonly hint: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "OrcaError";
    this.code = code;
    this.byteOffset = details.byteOffset;
    this.field = details.field;
    this.hint = details.hint;
    this.retryAfter = details.retryAfter;
  }
}

/** Turns anything thrown into an OrcaError; unknown errors become `internal` with their message kept. */
export function asOrcaError(thrown: unknown): OrcaError {
  if (thrown instanceof OrcaError) return thrown;
  if (thrown instanceof Error && thrown.name === "AbortError") {
    return new OrcaError("cancelled", "The request was cancelled.", { cause: thrown });
  }
  const trouble = fileTrouble(thrown);
  if (trouble !== undefined) {
    const { path, sentence } = trouble;
    return new OrcaError("unreadable", `${path === undefined ? "A file" : path} cannot be used: ${sentence}.`, {
      cause: thrown,
    });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new OrcaError("internal", `Unexpected failure: ${message}`, { cause: thrown });
}

/** A code in words: a heading for what went wrong. */
export function errorTitle(code: string): string {
  return code.replaceAll("_", " ");
}

/** What to do about a disk that cannot be written to, by errno's name. */
const WRITING_HINTS: Readonly<Record<string, string>> = {
  ENOSPC: "Make room, or give another folder.",
  EDQUOT: "Make room, or give another folder.",
  EACCES: "Give a folder that this user may write to.",
  EPERM: "Give a folder that this user may write to.",
  EROFS: "Give a folder on another disk.",
};

/**
 * Does what writes into a folder. What its file system says against it becomes `unwritable` with the folder's name, or
 * `name_too_long`; anything else is thrown on.
 */
export async function writingInto<T>(folder: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (thrown) {
    throw unwritable(folder, thrown);
  }
}

/** See writingInto. */
export function unwritable(folder: string, thrown: unknown): unknown {
  const trouble = thrown instanceof OrcaError ? undefined : fileTrouble(thrown);
  if (trouble === undefined) return thrown;
  const { code, sentence, ofFolder } = trouble;
  // A recording's name leads to a file; to a folder the caller's own does.
  if (code === "ENAMETOOLONG" && !ofFolder) {
    return new OrcaError("name_too_long", `A file in ${folder} would have a longer name than its disk takes.`, {
      hint: "Give the recording a shorter name.",
      cause: thrown,
    });
  }
  return new OrcaError("unwritable", `${folder} cannot be written to: ${sentence}.`, {
    hint: WRITING_HINTS[code] ?? "Give another folder.",
    cause: thrown,
  });
}

/** Why a recording cannot be read; the message goes behind its path. */
export function unreadable(thrown: unknown): OrcaError {
  const trouble = thrown instanceof OrcaError ? undefined : fileTrouble(thrown);
  if (trouble === undefined) return asOrcaError(thrown);
  return new OrcaError("unreadable", `It cannot be read: ${trouble.sentence}.`, { cause: thrown });
}
