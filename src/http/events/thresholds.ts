import * as z from "zod";
import { OrcaError } from "../../errors.ts";
import { utcText } from "../../times/index.ts";
import type { ClassAdvice, Watch } from "../../watch/index.ts";

/** Bytes of a request's body. */
const MOST_BYTES = 16_384;
/** False alarms a day, where nothing else is wished. */
const USUAL = 1;

const Wish = z.strictObject({ threshold: z.number(), by: z.string().min(1).max(200) });

/** What is suggested for a class, as JSON has it. */
export function adviceJson({ set, falseNow, falseThen, suggested, why, ...rest }: ClassAdvice) {
  const { head, class: name, threshold, days, confirmed, rejected, unjudged, missed } = rest;
  const known = (value: number | undefined) =>
    value === undefined || Number.isNaN(value) ? undefined : Math.round(100 * value) / 100;
  return {
    ...{ head, class: name, threshold, suggested, why },
    ...(set === undefined ? {} : { set: { by: set.by, at: utcText(set.at) } }),
    falseAlarmsADay: known(falseNow),
    falseAlarmsADayThen: known(falseThen),
    ...{ days, confirmed, missed, rejected, unjudged },
  };
}

/** `GET NAME/thresholds`: what holds, and what the last week suggests; `PUT` and `DELETE …/HEAD/CLASS` set one, and undo it. */
export async function thresholdsAnswer(
  request: Request,
  hydrophone: string,
  head: string | undefined,
  name: string | undefined,
  watch: Watch,
): Promise<Response> {
  const { method } = request;
  if (head === undefined) {
    if (method !== "GET" && method !== "HEAD") throw notTaken(method, "GET");
    const text = new URL(request.url).searchParams.get("false-alarms") ?? String(USUAL);
    const most = Number(text);
    if (!(most > 0))
      throw new OrcaError("bad_option", `false-alarms=${JSON.stringify(text)} is no number above 0.`, {
        field: "false-alarms",
        hint: "So many false alarms a day are put up with.",
      });
    return Response.json({ thresholds: (await watch.advice(hydrophone, most)).map(adviceJson) });
  }
  if (name === undefined) throw new OrcaError("not_found", "Name the head and the class: thresholds/HEAD/CLASS.");
  if (method === "DELETE") {
    if (!(await watch.undoThreshold(hydrophone, head, name)))
      throw new OrcaError("not_found", `No threshold of ${head}/${name} was set that holds.`);
    return new Response(null, { status: 204 });
  }
  if (method !== "PUT") throw notTaken(method, "PUT or DELETE");
  const { threshold, by } = await wishOf(request);
  await watch.setThreshold(hydrophone, head, name, threshold, by);
  return Response.json({ head, class: name, threshold, by });
}

async function wishOf(request: Request): Promise<z.infer<typeof Wish>> {
  const text = await request.text();
  if (text.length > MOST_BYTES) throw new OrcaError("too_large", `A threshold has ${MOST_BYTES} bytes at most.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = Wish.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new OrcaError("bad_option", "The threshold cannot be used.", {
    field: "threshold",
    hint: 'Send JSON like {"threshold": 0.93, "by": "ann"}.',
  });
}

const notTaken = (method: string, use: string) =>
  new OrcaError("method_not_allowed", `${method} is not taken here.`, { hint: `Use ${use}.` });
