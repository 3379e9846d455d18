import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { postingsOf } from "../../src/watch/deliveries/forms.ts";
import { type Told, textOf, writingOf } from "../../src/watch/deliveries/told.ts";
import type { PostedDelivery } from "../../src/watch/delivery-config.ts";
import { watchConfig } from "../../src/watch/index.ts";
import { foundAt, memoryStores, NOON } from "./support/stores.ts";

const config = watchConfig(
  JSON.stringify({
    zone: "America/Los_Angeles",
    hydrophones: {
      lab: {
        title: "Orcasound Lab",
        url: "https://example.org/live.m3u8",
        heads: ["a.json"],
        latitude: 48.5,
        longitude: -123,
      },
    },
    deliveries: {
      hook: { kind: "webhook", to: "https://example.org/hook" },
      phone: { kind: "ntfy", to: "https://ntfy.sh/under/orcas", priority: 4 },
      site: { kind: "orcasite", to: "https://live.orcasound.net", feeds: { lab: "feed_1" } },
      hello: { kind: "orcahello", to: "https://example.org/hello" },
    },
  }),
  "watch.json",
);
const writing = writingOf(config);

async function toldEvent(): Promise<Told> {
  const { events } = await memoryStores();
  const { id } = events.begin(foundAt(0), NOON);
  events.extend(id, foundAt(0), "end");
  const clip = { clip: "lab/a.flac", clipStart: NOON - 3000, clipSeconds: 8, picture: "lab/a.png", bytes: 1 };
  return { key: `${id}.x`, kind: "event", events: [events.keepClip(id, clip)], text: undefined, created: NOON };
}

async function posted(name: string, told: Told, secrets: { secret?: string; token?: string } = {}) {
  const delivery = config.deliveries.get(name) as PostedDelivery;
  const all = { to: delivery.to as string, secret: secrets.secret, token: secrets.token };
  const postings = await postingsOf(told, delivery, all, writing, NOON + 5500);
  return postings.map(({ body, ...rest }) => ({
    ...rest,
    body,
    json: body === undefined ? undefined : JSON.parse(body),
  }));
}

test("what is said is plain: when, by whose clock, how sure", async () => {
  const told = await toldEvent();
  expect(textOf(told, writing)).toBe(
    "2026-11-28 04:00 America/Los_Angeles (2026-11-28T12:00:00.000Z, to within 3 s), 2.0 s long, probability up to 0.90.",
  );
});

test("a webhook is signed as Standard Webhooks has it, over the id, the time and the body", async () => {
  const told = await toldEvent();
  for (const secret of ["plain words", `whsec_${btoa("plain words")}`]) {
    const [{ headers, body, json } = { headers: {}, body: "", json: {} }] = await posted("hook", told, {
      secret,
      token: "t",
    });
    const mac = createHmac("sha256", "plain words")
      .update(`${told.key}.${NOON / 1000 + 5}.${body}`)
      .digest("base64");
    expect(headers).toMatchObject({
      "idempotency-key": told.key,
      "webhook-id": told.key,
      "webhook-timestamp": String(NOON / 1000 + 5),
      "webhook-signature": `v1,${mac}`,
      authorization: "Bearer t",
    });
    expect(json).toMatchObject({
      type: "event",
      title: "call at Orcasound Lab",
      events: [
        {
          class: "call",
          utc: "2026-11-28T12:00:00.000Z",
          uncertainty: 3,
          clip: "lab/a.flac",
          made: { model: "yamnet" },
        },
      ],
    });
  }
});

test("ntfy gets its topic in JSON, at the server's own address", async () => {
  const [posting] = await posted("phone", await toldEvent());
  expect(posting).toMatchObject({
    method: "POST",
    url: "https://ntfy.sh/under/",
    json: { topic: "orcas", priority: 4 },
  });
  expect(posting?.json.title).toBe("call at Orcasound Lab");
});

test("orcasite gets a detection of its feed; a test asks for its feeds, and makes no detection", async () => {
  const told = await toldEvent();
  const [posting] = await posted("site", told, { token: "key" });
  expect(posting).toMatchObject({
    url: "https://live.orcasound.net/api/json/detections",
    headers: { "content-type": "application/vnd.api+json", authorization: "Bearer key" },
    json: {
      data: {
        type: "detection",
        attributes: { timestamp: "2026-11-28T12:00:00.000Z", feed_id: "feed_1", idempotency_key: told.events[0]?.id },
      },
    },
  });
  const [test] = await posted("site", { ...told, kind: "test", events: [] });
  expect(test).toMatchObject({ method: "GET", url: "https://live.orcasound.net/api/json/feeds", body: undefined });
});

test("OrcaHello's form has the event as a prediction within its sound", async () => {
  const [posting] = await posted("hello", await toldEvent());
  expect(posting?.json).toMatchObject([
    {
      modelId: "orcas",
      audioUri: "lab/a.flac",
      timestamp: "2026-11-28T11:59:57.000Z",
      whaleFoundConfidence: 90,
      location: { id: "lab", name: "Orcasound Lab", latitude: 48.5, longitude: -123 },
      predictions: [{ id: 0, startTime: 3, duration: 2, confidence: 0.9 }],
    },
  ]);
});
