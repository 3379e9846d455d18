import type { Texts } from "../options/index.ts";

/** Characters of a name that are looked at. */
const LONGEST = 1000;

/**
 * The query with the recording's name in `file`: the query's own, else that of the request's Content-Disposition
 * (RFC 6266: filename*, which is UTF-8, before filename), where the sender gave one.
 * @param inForm  the name in a form's part, which goes before that of the request
 */
export function withSentName(query: Texts, headers: Headers, inForm = ""): Texts {
  if (query.file === undefined && inForm !== "") return { ...query, file: inForm };
  const disposition = headers.get("content-disposition") ?? undefined;
  if (query.file !== undefined || disposition === undefined) return query;
  const file = nameIn(disposition);
  return file === undefined || file === "" ? query : { ...query, file };
}

/** The file's name that a Content-Disposition gives. */
export function nameIn(disposition: string): string | undefined {
  const looked = disposition.slice(0, LONGEST);
  return extendedName(looked) ?? plainName(looked);
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
