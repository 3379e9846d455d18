import { ndjson, serverSentEvents, type TextStream } from "../records/index.ts";

/** The form of records that a request's Accept asks for (RFC 9110, 12.5.1): NDJSON where it does not prefer the other. */
export function textFormat(request: Request): TextStream {
  const weights = new Map<string, number>();
  for (const range of (request.headers.get("accept") ?? "").toLowerCase().split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    weights.set(type, weight === undefined ? 1 : Number(weight) || 0);
  }
  const events = weights.get(serverSentEvents.contentType) ?? 0;
  return events > 0 && events >= (weights.get(ndjson.contentType) ?? 0) ? serverSentEvents : ndjson;
}
