import { describe, expect, test } from "vitest";
import { Telling } from "../../src/watch/deliveries/telling.ts";
import type { DeliveryEntry } from "../../src/watch/delivery-config.ts";
import { LocalTime, watchConfig } from "../../src/watch/index.ts";
import { foundAt, memoryStores, NOON } from "./support/stores.ts";

const MINUTE = 60;

/** What becomes of events at a delivery with these rules; each event is told as it begins and as it ends. */
async function deciding(rules: object, zone = "UTC") {
  const { events, messages } = await memoryStores();
  const entry = { kind: "webhook", to: "https://example.org/hook", ...rules };
  const hydrophones = { lab: { url: "https://example.org/live.m3u8", heads: ["a.json"] } };
  const { deliveries } = watchConfig(JSON.stringify({ zone, hydrophones, deliveries: { hook: entry } }), "watch.json");
  const telling = new Telling(messages, deliveries as ReadonlyMap<string, DeliveryEntry>, new LocalTime(zone));
  const tell = (seconds: number, more: object = {}) => {
    const now = NOON + 1000 * seconds;
    const { id } = events.begin(foundAt(seconds, more), now);
    telling.tell(events.event(id) as NonNullable<ReturnType<typeof events.event>>, "begin", ["hook"], now);
    const ended = events.extend(id, foundAt(seconds, more), "end");
    telling.tell(ended, "end", ["hook"], now + 2000);
    return id;
  };
  /** States, the oldest first, with reasons. */
  const states = () =>
    [...messages.list(undefined, 100)]
      .reverse()
      .map(({ kind, state, reason }) =>
        [kind === "event" ? state : `${kind} ${state}`, reason].filter(Boolean).join(": "),
      );
  return { tell, states, telling, messages };
}

test("a trouble is told when it begins and when it is over, behind quiet hours, to whoever wants to know", async () => {
  const trouble = { number: 1, hydrophone: "lab", kind: "silent", message: "All that comes is silence." } as const;
  const since = NOON - 300_000;
  const told = async (rules: object) => {
    const { telling, messages } = await deciding(rules);
    telling.tellTrouble({ ...trouble, since, ended: undefined }, "The Lab", ["hook"], NOON);
    telling.tellTrouble({ ...trouble, since, ended: NOON }, "The Lab", ["hook"], NOON);
    telling.flush("hook", NOON + 3_600_000);
    return [...messages.list(undefined, 10)].reverse();
  };
  const [begun, over] = await told({});
  expect(begun).toMatchObject({
    key: "trouble-lab-1.hook",
    state: "due",
    text: "All that comes is silence. So it is since 2026-11-28 11:55 (UTC).",
    trouble: { title: "Trouble at The Lab", kind: "silent", since: "2026-11-28T11:55:00.000Z" },
  });
  expect(over).toMatchObject({
    text: "It is no longer silent. So it was for 5 min.",
    trouble: { ended: expect.any(String) },
  });
  expect(await told({ troubles: false })).toEqual([]);
  expect(await told({ kind: "orcahello" })).toEqual([]);
  expect(await told({ quiet: ["11:00-13:00"] })).toMatchObject([
    { state: "due", next: NOON + 3_600_000 },
    { state: "due", next: NOON + 3_600_000 },
  ]);
});

describe("which events are told", () => {
  test("without a rule all of them, each once however often it is told", async () => {
    const { tell, states } = await deciding({});
    tell(0);
    tell(10);
    expect(states()).toEqual(["due", "due"]);
  });

  test("of an encounter the first; it goes on as long as less than its time lies between", async () => {
    const { tell, states } = await deciding({ encounter: "10 min" });
    for (const at of [0, 9 * MINUTE, 18 * MINUTE, 40 * MINUTE]) tell(at);
    const within = "left: of an encounter that was told";
    expect(states()).toEqual(["due", within, within, "due"]);
  });

  test("an encounter is of a class and a hydrophone", async () => {
    const { tell, states } = await deciding({ encounter: "10 min" });
    tell(0);
    tell(5, { class: "ship" });
    tell(6, { hydrophone: "bush-point" });
    expect(states()).toEqual(["due", "due", "due"]);
  });

  test("after one that was told none for the cooldown, however many there are", async () => {
    const { tell, states } = await deciding({ cooldown: "10 min" });
    for (const at of [0, 9 * MINUTE, 11 * MINUTE, 12 * MINUTE]) tell(at);
    const cool = "left: less than 10 min after one that was told";
    expect(states()).toEqual(["due", cool, "due", cool]);
  });

  test("the first of a day, by the watch's clock", async () => {
    const { tell, states } = await deciding({ "first-of-day": true }, "America/Los_Angeles");
    // Noon UTC is 4:00; midnight there is twenty hours later.
    for (const hours of [0, 19.9, 20.1]) tell(3600 * hours);
    expect(states()).toEqual(["due", "left: not the first of the day", "due"]);
  });

  test("those that reach a probability, of some classes; one that grows is told when it ends", async () => {
    const { tell, states } = await deciding({ least: 0.8, classes: ["call"] });
    tell(0, { peak: 0.7 });
    tell(10, { class: "ship" });
    tell(20, { peak: 0.8 });
    expect(states()).toEqual(["due"]);
  });

  test("in quiet hours they wait, and are told together", async () => {
    const { tell, states, telling, messages } = await deciding({ quiet: ["11:00-13:00"] });
    tell(0);
    tell(30 * MINUTE);
    expect(telling.flush("hook", NOON + 3_599_000)).toBe(false);
    expect(telling.flush("hook", NOON + 3_600_000)).toBe(true);
    expect(states()).toEqual(["together: quiet hours", "together: quiet hours", "digest due"]);
    expect([...messages.list("due", 1)][0]?.events).toHaveLength(2);
    tell(61 * MINUTE);
    expect(states().at(-1)).toBe("due");
  });

  test("what is left out comes in the digest: every hour, or at a time of day", async () => {
    const hourly = await deciding({ cooldown: "30 min", digest: "1 h" });
    hourly.tell(0);
    hourly.tell(60);
    hourly.tell(120);
    expect(hourly.telling.flush("hook", NOON + 3_600_000)).toBe(true);
    expect(hourly.states().at(-1)).toBe("digest due");
    expect(hourly.messages.due("hook", NOON + 3_600_000)?.kind).toBe("event");
    const daily = await deciding({ digest: "18:00" }, "America/Los_Angeles");
    daily.tell(0);
    expect(daily.states()).toEqual(["held: digest"]);
    expect(daily.messages.nextTime("hook")).toBe(NOON + 14 * 3_600_000);
  });

  test("no more than the limit, and that there were more is said once", async () => {
    const { tell, states, messages } = await deciding({ most: "2/hour" });
    for (const at of [0, 60, 120, 180]) tell(at);
    expect(states()).toEqual(["due", "due", "limit due", "left: more than 2 in 60 min", "left: more than 2 in 60 min"]);
    const limit = [...messages.list("due", 10)].find(({ kind }) => kind === "limit");
    expect(limit?.text).toBe(
      "There were more than 2 in 60 min: no more are sent before 2026-11-28 13:00 (UTC). All are kept.",
    );
    tell(3601);
    expect(states().at(-1)).toBe("due");
  });
});
