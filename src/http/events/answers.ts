import * as z from "zod";
import { checked, faultText } from "../../checked.ts";
import { OrcaError } from "../../errors.ts";
import { utcText } from "../../times/index.ts";
import { eventJson, type Verdict, type Watch, type WatchEvent } from "../../watch/index.ts";
import { eventStream } from "./stream.ts";
import { thresholdsAnswer } from "./thresholds.ts";

/** Events of a page, and of one at most. */
const [USUAL, MOST] = [50, 1000];
/** Bytes of a request's body. */
const MOST_BYTES = 16_384;

const Judgement = z.strictObject({
  verdict: z.enum(["confirmed", "rejected", "named"]),
  label: z.string().min(1).max(200).optional(),
  by: z.string().min(1).max(200),
});

/**
 * Answers what lies below `/v1/hydrophones`: the hydrophones and how they do, `NAME/events` (pages, or server-sent events),
 * `NAME/events/ID`, its `sound` and `picture`, `PUT …/verdict`, `NAME/suppressions`, of which each can be deleted, and
 * `NAME/thresholds`, which can be set and undone.
 * @param parts  of the path behind `/v1/hydrophones`
 */
export async function eventsAnswer(request: Request, parts: readonly string[], watch: Watch): Promise<Response> {
  const [name, what, id, more, ...rest] = parts;
  if (name === undefined || name === "")
    return allowed(request, "GET") ?? Response.json({ hydrophones: listed(watch) });
  if (!watch.writing.hydrophones.has(name)) throw notFound(`There is no hydrophone ${JSON.stringify(name)}.`);
  if (rest.length > 0) throw notFound(`There is nothing at ${parts.join("/")}.`);
  if (what === "thresholds") return thresholdsAnswer(request, name, id, more, watch);
  if (what === "suppressions") return suppressions(request, name, id, watch);
  if (what !== "events") throw notFound(`There is nothing at ${parts.join("/")}.`);
  if (id === undefined) return allowed(request, "GET") ?? page(request, name, watch);
  const event = watch.store.event(id);
  if (event === undefined || event.hydrophone !== name) throw notFound(`There is no event ${JSON.stringify(id)}.`);
  if (more === "verdict") return allowed(request, "PUT") ?? verdict(request, event, watch);
  const wrong = allowed(request, "GET");
  if (wrong !== undefined) return wrong;
  if (more === undefined) return Response.json(json(event, watch));
  if (more === "sound") return file(event.clip, "audio/flac", event, watch);
  if (more === "picture") return file(event.picture, "image/png", event, watch);
  throw notFound(`There is nothing at ${parts.join("/")}.`);
}

const json = (event: WatchEvent, { writing }: Watch) => eventJson(event, writing.hydrophones.get(event.hydrophone));

function listed({ config, store }: Watch) {
  return config.hydrophones.map(({ name, title, place, licence, credit }) => {
    const { state, since, message, heard } = store.hydrophone(name);
    return {
      ...{ name, title, place, licence, credit, state: state ?? "unheard", message },
      since: since === undefined ? undefined : utcText(since),
      /** Up to when it was heard. */
      heard: heard === undefined ? undefined : utcText(heard),
    };
  });
}

function page(request: Request, hydrophone: string, watch: Watch): Response {
  const query = new URL(request.url).searchParams;
  const known = ["class", "from", "to", "limit", "before", "last-event-id"];
  const strange = [...query.keys()].find((key) => !known.includes(key));
  if (strange !== undefined) throw wrongQuery(strange, "is not known", `Use ${known.join(", ")}.`);
  const filter = {
    hydrophone,
    class: query.get("class") ?? undefined,
    from: timeOf(query, "from"),
    to: timeOf(query, "to"),
  };
  if (/\btext\/event-stream\b/.test(request.headers.get("accept") ?? "")) {
    const last = request.headers.get("last-event-id") ?? query.get("last-event-id");
    if (last !== null && !/^\d{1,15}$/.test(last)) throw wrongQuery("last-event-id", "is no id of a stream's event");
    const from = last === null ? watch.store.revision : Number(last);
    return eventStream(watch, filter, from, (event) => json(event, watch), request.signal);
  }
  const limit = Number(query.get("limit") ?? USUAL);
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= MOST))
    throw wrongQuery("limit", `is not a whole number from 1 to ${MOST}`);
  const beforeId = query.get("before");
  const before = beforeId === null ? undefined : watch.store.event(beforeId);
  if (beforeId !== null && before === undefined) throw wrongQuery("before", "is no event");
  const events = [...watch.store.events(filter, limit + 1, before)];
  const more = events.length > limit;
  const shown = events.slice(0, limit);
  return Response.json({
    events: shown.map((event) => json(event, watch)),
    ...(more ? { next: shown.at(-1)?.id } : {}),
  });
}

async function file(name: string | undefined, type: string, event: WatchEvent, watch: Watch): Promise<Response> {
  const bytes = name === undefined ? undefined : await watch.file(name);
  if (bytes === undefined) throw notFound(event.clipless ?? "It is not kept, or not yet.");
  const headers = { "content-type": type, "cache-control": "private, max-age=86400" };
  return new Response(bytes as Uint8Array<ArrayBuffer>, { headers });
}

async function verdict(request: Request, event: WatchEvent, watch: Watch): Promise<Response> {
  const text = await request.text();
  const wrong = (what: string) =>
    new OrcaError("bad_option", `The verdict cannot be used: ${what}.`, {
      field: "verdict",
      hint: 'Send JSON like {"verdict": "rejected", "by": "ann"}, or {"verdict": "named", "label": "ship", "by": "ann"}.',
    });
  if (text.length > MOST_BYTES) throw new OrcaError("too_large", `A verdict has ${MOST_BYTES} bytes at most.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong("it is not JSON");
  }
  const { data, fault } = checked(Judgement, value);
  if (fault !== undefined) throw wrong(faultText(fault));
  const { label, by } = data;
  if ((data.verdict === "named") !== (label !== undefined)) throw wrong("label is for named, and named needs it");
  const said: Verdict = { verdict: data.verdict, label, by, at: watch.now() };
  const judged = await watch.judge(event.id, said);
  return Response.json({ ...judged, event: json(judged.event, watch) });
}

function suppressions(request: Request, hydrophone: string, name: string | undefined, watch: Watch): Response {
  if (name === undefined) {
    const rules = watch.suppressions.list(hydrophone).map((rule) => ({
      name: rule.name,
      model: rule.model,
      nearest: rule.nearest,
      event: rule.event,
      created: utcText(rule.created),
      ...(rule.undone === undefined ? {} : { undone: utcText(rule.undone) }),
    }));
    return allowed(request, "GET") ?? Response.json({ suppressions: rules });
  }
  const wrong = allowed(request, "DELETE");
  if (wrong !== undefined) return wrong;
  if (!watch.suppressions.undo(hydrophone, name, watch.now())) throw notFound(`There is no rule ${name} that holds.`);
  return new Response(null, { status: 204 });
}

function timeOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const utc = Date.parse(text);
  if (Number.isNaN(utc)) throw wrongQuery(name, "is no time", "Write ISO 8601: 2026-11-28T12:00:00Z.");
  return utc;
}

/** An answer to a method that is not taken. */
function allowed(request: Request, method: string): Response | undefined {
  if (request.method === method || (method === "GET" && request.method === "HEAD")) return undefined;
  throw new OrcaError("method_not_allowed", `${request.method} is not taken here.`, { hint: `Use ${method}.` });
}

const notFound = (message: string) => new OrcaError("not_found", message);
const wrongQuery = (field: string, what: string, hint?: string) =>
  new OrcaError("bad_option", `${field}= ${what}.`, { field, ...(hint === undefined ? {} : { hint }) });
