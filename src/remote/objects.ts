import type { Place } from "./addresses.ts";

/** An object as it was when it was listed or asked about. It goes to other processes as JSON. */
export interface RemoteObject {
  readonly place: Place;
  /** Bytes; undefined where a server does not say it. */
  readonly size?: number;
  /** RFC 9110, 8.8.3, with its quotes. */
  readonly etag?: string;
  /** Last-Modified, ms since 1970. */
  readonly modified?: number;
}

/** Whether an answer is of the same object, as far as both say. */
export function sameObject(object: RemoteObject, answer: Omit<RemoteObject, "place">): boolean {
  if (object.size !== undefined && answer.size !== undefined && object.size !== answer.size) return false;
  if (object.etag !== undefined && answer.etag !== undefined) return tag(object.etag) === tag(answer.etag);
  return object.modified === undefined || answer.modified === undefined || object.modified === answer.modified;
}

/** A listing has strong tags, and a proxy that packs an answer may make them weak. */
const tag = (etag: string) => etag.replace(/^W\//, "").replaceAll('"', "");

/** What an answer's headers say of the object that it is of. */
export function described(headers: Headers, status: number): Omit<RemoteObject, "place"> {
  const etag = headers.get("etag");
  const modified = Date.parse(headers.get("last-modified") ?? "");
  // Of a packed answer the length is another one's.
  const packed = headers.get("content-encoding") !== null && headers.get("content-encoding") !== "identity";
  const total =
    status === 206 ? /\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1] : headers.get("content-length");
  return {
    ...(total === null || total === undefined || packed ? {} : { size: Number(total) }),
    ...(etag === null ? {} : { etag }),
    ...(Number.isNaN(modified) ? {} : { modified }),
  };
}
