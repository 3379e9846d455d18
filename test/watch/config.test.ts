import { describe, expect, test } from "vitest";
import { LocalTime, watchConfig } from "../../src/watch/index.ts";

const lab = { url: "https://example.org/live.m3u8", heads: ["a.json"] };
const hook = { kind: "webhook", to: "https://example.org/hook" };
const read = (file: object) => watchConfig(JSON.stringify(file), "watch.json");

test("what is left out has a value, and all deliveries are told of a hydrophone that names none", () => {
  const config = read({ hydrophones: { lab }, deliveries: { hook, other: { ...hook, cooldown: "30 min" } } });
  expect(config).toMatchObject({
    state: "watch",
    zone: "UTC",
    clips: { before: 3, after: 3, longest: 60 },
    keep: { events: 365 * 86_400, clips: 90 * 86_400, megabytes: 5000 },
    catchUp: 6 * 3600,
    allowPrivate: false,
    hydrophones: [{ name: "lab", title: "lab", model: "yamnet", deliver: ["hook", "other"] }],
  });
  expect(config.deliveries.get("other")).toMatchObject({ when: "begin", cooldown: 1800 });
});

test.each([
  ["it is not JSON (character 1)", "{"],
  ["hydrophones: there is none", { hydrophones: {} }],
  ["hydrophones.lab: needs either url, node or push", { hydrophones: { lab: { heads: ["a"] } } }],
  ["hydrophones.lab: needs heads or detect: what is it to listen for?", { hydrophones: { lab: { url: lab.url } } }],
  ["hydrophones.lab.deliver: there is no delivery b", { hydrophones: { lab: { ...lab, deliver: ["b"] } } }],
  ["hydrophones.lab.hours.0: are no hours: write 22:00-07:00", { hydrophones: { lab: { ...lab, hours: ["9"] } } }],
  ["zone: is no zone: write America/Vancouver, or UTC", { zone: "Mars", hydrophones: { lab } }],
  [
    "deliveries.hook.cooldown: is no time: write 90 s, 30 min, 2 h or 1 day",
    { hydrophones: { lab }, deliveries: { hook: { ...hook, cooldown: 30 } } },
  ],
  [
    "deliveries.hook.most: is no rate: write 10/hour or 3/day",
    { hydrophones: { lab }, deliveries: { hook: { ...hook, most: "10" } } },
  ],
  [
    "deliveries.hook.hydrophones: there is no hydrophone x",
    { hydrophones: { lab }, deliveries: { hook: { ...hook, hydrophones: ["x"] } } },
  ],
])("refused: %s", (what, file) => {
  const text = typeof file === "string" ? file : JSON.stringify(file);
  expect(() => watchConfig(text, "watch.json")).toThrow(`watch.json cannot be used: ${what}.`);
});

test("a secret is named, and never written into the file; a password in an address is refused", () => {
  const adding = (more: object) => () => read({ hydrophones: { lab }, deliveries: { hook: { ...hook, ...more } } });
  expect(adding({ secret: { env: "HOOK_SECRET" } })).not.toThrow();
  expect(adding({ secret: "a word" })).toThrow(/deliveries\.hook\.secret: /);
  expect(adding({ to: "https://me:word@example.org/" })).toThrow(/deliveries\.hook\.to: /);
  expect(adding({ to: "https://me:word@example.org/" })).not.toThrow(/word@/);
});

describe("local time", () => {
  const time = new LocalTime("America/Los_Angeles");
  const noon = Date.UTC(2026, 10, 28, 12);
  test("hours go over midnight", () => {
    expect(time.isWithin([{ from: 22 * 60, to: 7 * 60 }], noon)).toBe(true);
    expect(time.isWithin([{ from: 5 * 60, to: 7 * 60 }], noon)).toBe(false);
  });
  test("the next time of day is the next day's, where it has gone by; over a change of clocks too", () => {
    expect(time.nextTimeOfDay(4 * 60, noon)).toBe(noon + 86_400_000);
    expect(time.nextTimeOfDay(4 * 60 + 1, noon)).toBe(noon + 60_000);
    // Clocks go back on 2026-11-01 at 2:00: that day has 25 hours.
    const before = Date.UTC(2026, 9, 31, 19);
    expect(time.nextTimeOfDay(12 * 60, before)).toBe(before + 25 * 3_600_000);
  });
});
