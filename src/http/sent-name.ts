import type { Texts } from "../options/index.ts";

/** Characters of a name that are looked at. */
const LONGEST = 1000;

/**
 * The query with the recording's name in `file`: the query's own, else that of the request's Content-Disposition
 * (RFC 6266: filename*, which is UTF-8, before filename), where the sender gave one.
 */
export function withSentName(query: Texts, headers: Headers): Texts {
  const disposition = headers.get("content-disposition")?.slice(0, LONGEST);
  if (query.file !== undefined || disposition === undefined) return query;
  const file = extendedName(disposition) ?? plainName(disposition);
  return file === undefined || file === "" ? query : { ...query, file };
}

function extendedName(disposition: string): string | undefined {
  const encoded = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(disposition)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

function plainName(disposition: string): string | undefined {
  const found = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]+))/i.exec(disposition);
  return found?.[1]?.replaceAll(/\\(.)/g, "$1") ?? found?.[2];
}
