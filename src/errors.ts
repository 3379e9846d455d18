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
  "engine_failed",
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
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new OrcaError("internal", `Unexpected failure: ${message}`, { cause: thrown });
}

/** A code in words: a heading for what went wrong. */
export function errorTitle(code: string): string {
  return code.replaceAll("_", " ");
}
