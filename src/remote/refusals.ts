import { OrcaError } from "../errors.ts";
import { type Place, placeText } from "./addresses.ts";
import { readXml, textOf } from "./xml.ts";

/** What went wrong and may be well the next time: a clause. */
export class Passing extends Error {
  /** Milliseconds that the server wants to be left alone. */
  readonly retryAfter: number | undefined;

  constructor(message: string, retryAfter?: number) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

/** Statuses that pass: RFC 9110, 15.5.9, 15.6; RFC 6585, 4; S3 says 503 SlowDown to who asks too often. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);
/** Amazon's codes for a connection or a service that failed on its way. */
const PASSING_CODES = new Set([
  "RequestTimeout",
  "SlowDown",
  "InternalError",
  "ServiceUnavailable",
  "OperationAborted",
]);

/** Amazon's codes that say that the credentials will do for no object. */
const NO_CREDENTIALS: Readonly<Record<string, string>> = {
  ExpiredToken: "the credentials have ended",
  TokenRefreshRequired: "the credentials have ended",
  InvalidToken: "the session token (AWS_SESSION_TOKEN) is not valid",
  InvalidAccessKeyId: "no user has this key (AWS_ACCESS_KEY_ID)",
  SignatureDoesNotMatch: "the secret key (AWS_SECRET_ACCESS_KEY) does not fit",
  RequestTimeTooSkewed: "this machine's clock is wrong",
  RequestExpired: "this machine's clock is wrong",
};

/** An answer says why in a few lines. */
const MOST_WORDS = 1 << 16;

/**
 * What an answer that is no success says: Passing, or an OrcaError whose message names the place. `not_audio` where there
 * is no such object, `forbidden`, `unauthorized` (the credentials will do for nothing), `bad_option` (no such bucket),
 * `unwritable` (the bucket takes no more), `unreadable`.
 * @param signed  whether credentials were sent
 */
export async function refusal(response: Response, place: Place, signed: boolean): Promise<Error> {
  const { status, headers } = response;
  const { code, message } = await said(response);
  const where = placeText(place);
  const wait = Number(headers.get("retry-after") ?? Number.NaN);
  const retryAfter = wait > 0 ? 1000 * wait : undefined;
  const named = code === "" ? `status ${status}` : `status ${status}, ${code}`;
  if (PASSING.has(status) || PASSING_CODES.has(code))
    return new Passing(`the server answers with ${named}`, retryAfter);
  const why = NO_CREDENTIALS[code];
  if (why !== undefined) {
    return new OrcaError("unauthorized", `${where}: ${why} (${named}).`, {
      hint: "Put that right, and give the same command: it goes on with the rest.",
    });
  }
  if (code === "NoSuchBucket") {
    const bucket = place.kind === "bucket" ? place.bucket : where;
    return new OrcaError("bad_option", `${where}: there is no bucket ${bucket} (${named}).`, {
      hint: "Is its name right, and is it Amazon's? Another service's address is given with --endpoint.",
    });
  }
  if (["QuotaExceeded", "XMinioStorageFull", "EntityTooLarge"].includes(code) || status === 507) {
    return new OrcaError("unwritable", `${where} cannot be written: the bucket takes no more (${named}).`, {
      hint: "Make room, or give another --out.",
    });
  }
  if (status === 404 || status === 410) return new OrcaError("not_audio", "there is no such object.");
  if (status === 412) return changed(where);
  if (status === 401 || status === 403) {
    const hint = signed
      ? "These credentials may not read or write it; a public bucket is read with --anonymous."
      : "Give credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), or is the name right?";
    return new OrcaError("forbidden", `${where} is not open to this user (${named}).`, { hint });
  }
  const more = message === "" ? "" : `: ${message}`;
  return new OrcaError("unreadable", `${where} cannot be used: the server answers with ${named}${more}.`);
}

/** An object is not what it was when it was listed. */
export function changed(where: string): OrcaError {
  return new OrcaError("unreadable", `${where} has changed while it was read.`, {
    hint: "The same command reads it again, as it is then.",
  });
}

/** Amazon's error body, as far as there is one. */
async function said({ body }: Response): Promise<{ code: string; message: string }> {
  let text = "";
  const decoder = new TextDecoder();
  const reader = body?.getReader();
  try {
    for (let length = 0; reader !== undefined && length < MOST_WORDS; ) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // What came is all that is said.
  } finally {
    await reader?.cancel().catch(() => undefined);
  }
  const error = readXml(text, "Error");
  return { code: plain(textOf(error, "Code")), message: plain(textOf(error, "Message")) };
}

const plain = (text = "") => text.replace(/\s+/g, " ").replace(/\.$/, "").slice(0, 200);
