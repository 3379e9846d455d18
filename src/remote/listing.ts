import type { XmlElement } from "@rgrove/parse-xml";
import { OrcaError } from "../errors.ts";
import { type BucketPlace, placeText } from "./addresses.ts";
import type { RemoteClient } from "./client.ts";
import type { RemoteObject } from "./objects.ts";
import { childrenOf, readXml, textOf } from "./xml.ts";

/** A thousand objects, or as many as the service gives at once. */
export interface ListedPage {
  readonly objects: readonly RemoteObject[];
  /** Keys up to and with the next slash, where folders were asked for. */
  readonly folders: readonly string[];
  /** The last key that this page holds, from which a listing is gone on with; undefined on the last page. */
  readonly last: string | undefined;
}

interface Options {
  /** Only keys behind it. */
  readonly after?: string | undefined;
  /** Whether what lies in folders is given as the folders' names. */
  readonly folders?: boolean;
}

/**
 * All objects whose keys begin with the place's, in the order of their keys, by ListObjectsV2, page by page. Throws
 * OrcaError.
 */
export async function* listPages(
  client: RemoteClient,
  place: BucketPlace,
  { after, folders = false }: Options = {},
): AsyncGenerator<ListedPage> {
  for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
    const query = {
      "list-type": "2",
      "encoding-type": "url",
      prefix: place.key,
      ...(folders ? { delimiter: "/" } : {}),
      ...(token === undefined ? {} : { "continuation-token": token }),
      ...(token === undefined && after !== undefined ? { "start-after": after } : {}),
    };
    const { text } = await client.text({ method: "GET", place: { ...place, key: "" }, query });
    const result = readXml(text, "ListBucketResult");
    if (result === undefined) throw strange(place, "answers a listing with what is none");
    const more: string | undefined =
      textOf(result, "IsTruncated") === "true" ? textOf(result, "NextContinuationToken") : undefined;
    // The same page again and again would never end.
    if (more !== undefined && more === token) throw strange(place, "lists the same page twice");
    const decode = textOf(result, "EncodingType") === "url" ? decoded : (key: string) => key;
    const objects = childrenOf(result, "Contents").flatMap((entry) => objectOf(entry, place, decode));
    const found = childrenOf(result, "CommonPrefixes").flatMap((entry) => textOf(entry, "Prefix") ?? []);
    const last = objects.at(-1)?.place;
    yield {
      objects,
      folders: found.map(decode),
      last: more === undefined || last?.kind !== "bucket" ? undefined : last.key,
    };
    token = more;
  }
}

function objectOf(entry: XmlElement, place: BucketPlace, decode: (key: string) => string): RemoteObject[] {
  const key = textOf(entry, "Key");
  if (key === undefined) return [];
  const size = Number(textOf(entry, "Size") ?? Number.NaN);
  const modified = Date.parse(textOf(entry, "LastModified") ?? "");
  const etag = textOf(entry, "ETag");
  return [
    {
      place: { ...place, key: decode(key) },
      ...(Number.isNaN(size) ? {} : { size }),
      ...(etag === undefined ? {} : { etag: `"${etag.replaceAll('"', "")}"` }),
      // Last-Modified of an answer is in whole seconds.
      ...(Number.isNaN(modified) ? {} : { modified: 1000 * Math.floor(modified / 1000) }),
    },
  ];
}

/** Amazon encodes keys as forms do. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll("+", "%20"));
  } catch {
    return key;
  }
}

function strange(place: BucketPlace, what: string): OrcaError {
  return new OrcaError("unreadable", `${placeText(place)}: the service ${what}.`, {
    hint: "Is --endpoint the address of a service that speaks Amazon's S3?",
  });
}
