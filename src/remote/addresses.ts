import { basicAuthorization } from "../basic-authorization.ts";
import { OrcaError } from "../errors.ts";

/** An object of a bucket, or all whose keys begin alike; `gs` is Google's storage, which speaks Amazon's protocol. */
export interface BucketPlace {
  readonly kind: "bucket";
  readonly scheme: "s3" | "gs";
  readonly bucket: string;
  /** Without a slash in front. */
  readonly key: string;
}

/** A file on the web. */
export interface WebPlace {
  readonly kind: "web";
  /** Without user and password. */
  readonly url: string;
  /** Basic authentication, where the address named a user. */
  readonly authorization?: string;
}

export type Place = BucketPlace | WebPlace;

/** What stands on the command line in place of a path. */
export type Address = string;

/** Whether a text is meant as an address, and is no path. */
export const isRemote = (text: Address) => /^[a-z][a-z0-9+.-]*:\/\//i.test(text);

/** A bucket's name: Amazon's rules, a little wider for other services. */
const BUCKET = /^[a-z0-9][a-z0-9._-]{1,221}$/i;

/** Takes an address apart. Throws `bad_option`. */
export function placeOf(text: Address): Place {
  const [, scheme = "", rest = ""] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  switch (scheme.toLowerCase()) {
    case "s3":
    case "gs": {
      const slash = rest.indexOf("/");
      const [bucket, key] = slash < 0 ? [rest, ""] : [rest.slice(0, slash), rest.slice(slash + 1)];
      if (!BUCKET.test(bucket)) throw bad(text, `names no bucket; ${scheme}://BUCKET/PREFIX does`);
      return { kind: "bucket", scheme: scheme.toLowerCase() as "s3" | "gs", bucket, key };
    }
    case "http":
    case "https":
      return webPlace(text);
    default:
      throw bad(text, "is no address that can be read: https://, http://, s3:// and gs:// are");
  }
}

function webPlace(text: string): WebPlace {
  if (!URL.canParse(text)) throw bad(text, "is no address");
  const url = new URL(text);
  const { username, password } = url;
  url.username = "";
  url.password = "";
  url.hash = "";
  if (username === "" && password === "") return { kind: "web", url: url.href };
  return { kind: "web", url: url.href, authorization: basicAuthorization({ username, password }) };
}

/** A place as it is spoken of: without passwords, and without queries, where signatures stand. */
export function placeText(place: Place): string {
  if (place.kind === "bucket") return `${place.scheme}://${place.bucket}/${place.key}`;
  return place.url.replace(/\?.*$/s, "");
}

/** The same, but for what stands behind the `@`, in a text that is no address. */
function bad(text: string, what: string): OrcaError {
  const shown = text
    .replace(/\/\/[^/]*@/, "//…@")
    .replace(/\?.*$/s, "?…")
    .slice(0, 200);
  return new OrcaError("bad_option", `${shown} ${what}.`);
}
