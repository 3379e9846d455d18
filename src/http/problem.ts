import { asOrcaError, type ErrorCode, errorTitle, type OrcaError } from "../errors.ts";

/** The HTTP status that goes with each code. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  empty_body: 400,
  not_audio: 415,
  wav_malformed: 422,
  audio_malformed: 422,
  unsupported_encoding: 415,
  no_samples: 422,
  bad_option: 400,
  unknown_model: 400,
  unknown_variant: 400,
  too_large: 413,
  too_slow: 408,
  busy: 503,
  stopping: 503,
  rate_limited: 429,
  unauthorized: 401,
  forbidden: 403,
  host_refused: 421,
  origin_refused: 403,
  not_found: 404,
  method_not_allowed: 405,
  models_missing: 503,
  model_damaged: 500,
  weights_invalid: 500,
  description_invalid: 500,
  fetch_failed: 502,
  live_failed: 502,
  record_malformed: 422,
  playlist_malformed: 502,
  checksum_mismatch: 502,
  upload_failed: 502,
  bundle_invalid: 422,
  collection_invalid: 422,
  head_invalid: 500,
  engine_failed: 500,
  unreadable: 500,
  unwritable: 507,
  name_too_long: 500,
  cancelled: 499,
  internal: 500,
};

/** Problem details, RFC 9457, with this project's code, the byte offset and what to do. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly byteOffset?: number;
  readonly field?: string;
  readonly hint?: string;
  /** The request's, as the log and X-Request-Id have it. */
  readonly requestId?: string;
}

export function problemOf(error: OrcaError): Problem {
  return {
    type: `urn:orca-embeddings:error:${error.code}`,
    title: errorTitle(error.code),
    status: STATUS[error.code],
    detail: error.message,
    code: error.code,
    ...(error.byteOffset === undefined ? {} : { byteOffset: error.byteOffset }),
    ...(error.field === undefined ? {} : { field: error.field }),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  };
}

/** Seconds after which a server that is busy may have room. */
const RETRY_AFTER = 5;

/** Anything thrown, as the response that says so. */
export function problemResponse(thrown: unknown, requestId?: string): Response {
  const error = asOrcaError(thrown);
  const problem = problemOf(error);
  const headers = new Headers({ "content-type": "application/problem+json", "x-content-type-options": "nosniff" });
  const retryAfter = error.retryAfter ?? (["busy", "stopping"].includes(problem.code) ? RETRY_AFTER : undefined);
  if (retryAfter !== undefined) headers.set("retry-after", String(retryAfter));
  if (problem.code === "unauthorized") headers.set("www-authenticate", "Bearer");
  return new Response(`${JSON.stringify({ ...problem, requestId })}\n`, { status: problem.status, headers });
}
