import { orcahelloCandidate } from "../../output/index.ts";
import { utcText } from "../../times/index.ts";
import type { PostedDelivery } from "../delivery-config.ts";
import { signed } from "./signature.ts";
import { eventJson, type Told, textOf, titleOf, type Writing } from "./told.ts";

/** A request that tells a message. */
export interface Posting {
  readonly method: "POST" | "GET";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** A delivery's secrets, read from where they are kept. */
export interface Secrets {
  readonly to: string;
  readonly secret: string | undefined;
  readonly token: string | undefined;
}

/** A message as JSON: what webhooks and commands get. */
export function messageJson(told: Told, writing: Writing): string {
  const { key, kind, events, created, trouble } = told;
  return JSON.stringify({
    type: kind,
    id: key,
    created: utcText(created),
    title: titleOf(told, writing),
    text: textOf(told, writing),
    events: events.map((event) => eventJson(event, writing.hydrophones.get(event.hydrophone))),
    ...(trouble === undefined ? {} : { trouble: { ...trouble, title: undefined } }),
  });
}

/**
 * The requests that tell a message; none where the delivery takes events alone.
 * @param now  ms since 1970
 */
export async function postingsOf(
  told: Told,
  delivery: PostedDelivery,
  { to, secret, token }: Secrets,
  writing: Writing,
  now: number,
): Promise<Posting[]> {
  const bearer: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const json = { "content-type": "application/json", "idempotency-key": told.key, ...bearer };
  switch (delivery.kind) {
    case "webhook": {
      const body = messageJson(told, writing);
      const signature = secret === undefined ? {} : await signed(secret, told.key, now, body);
      return [{ method: "POST", url: to, headers: { ...json, "webhook-id": told.key, ...signature }, body }];
    }
    case "ntfy": {
      // Published as JSON to the server itself (docs.ntfy.sh/publish, "Publish as JSON"): headers hold ASCII alone.
      const url = new URL(to);
      const topic = url.pathname.slice(url.pathname.lastIndexOf("/") + 1);
      url.pathname = url.pathname.slice(0, url.pathname.lastIndexOf("/") + 1);
      const { priority } = delivery;
      const body = {
        topic,
        title: titleOf(told, writing),
        message: textOf(told, writing),
        tags: [told.kind === "trouble" ? "warning" : "whale"],
      };
      const text = JSON.stringify({ ...body, ...(priority === undefined ? {} : { priority }) });
      return [{ method: "POST", url: url.href, headers: json, body: text }];
    }
    case "orcasite": {
      // orcasite, server/lib/orcasite/radio/detection.ex, submit_machine_detection: a JSON:API resource.
      const api = { "content-type": "application/vnd.api+json", accept: "application/vnd.api+json", ...bearer };
      const base = to.replace(/\/*$/, "/");
      if (told.kind === "test") {
        const url = new URL("api/json/feeds", base).href;
        return [{ method: "GET", url, headers: { accept: api.accept, ...bearer }, body: undefined }];
      }
      return told.events.flatMap((event): Posting[] => {
        const feed = delivery.feeds[event.hydrophone];
        if (feed === undefined) return [];
        const description = `${event.class}, found by ${event.head} with a probability of up to ${event.peak.toFixed(2)}.`;
        const attributes = { timestamp: utcText(event.start), feed_id: feed, description, idempotency_key: event.id };
        const url = new URL("api/json/detections", base).href;
        const headers = { ...api, "idempotency-key": event.id };
        return [{ method: "POST", url, headers, body: JSON.stringify({ data: { type: "detection", attributes } }) }];
      });
    }
    case "orcahello": {
      const candidates = told.events.map((event) => {
        const hydrophone = writing.hydrophones.get(event.hydrophone);
        const from = event.clipStart ?? event.start;
        return orcahelloCandidate({
          id: event.id,
          modelId: event.head,
          audioUri: event.clip ?? "",
          imageUri: event.picture ?? "",
          utc: from,
          site: {
            id: event.hydrophone,
            name: hydrophone?.title ?? event.hydrophone,
            latitude: hydrophone?.latitude,
            longitude: hydrophone?.longitude,
          },
          found: [{ start: (event.start - from) / 1000, end: (event.end - from) / 1000, peak: event.peak }],
        });
      });
      if (candidates.length === 0 && told.kind !== "test") return [];
      return [{ method: "POST", url: to, headers: json, body: JSON.stringify(candidates) }];
    }
  }
}
