import { expect, onTestFinished, test } from "vitest";
import { NodeSqlite } from "../../src/collection/sqlite.node.ts";
import type { EventRecord, HeaderRecord, WindowRecord } from "../../src/records/index.ts";
import { EventStore } from "../../src/watch/index.ts";
import { BackgroundStore } from "../../src/watch/store/background-store.ts";
import { ThresholdStore } from "../../src/watch/store/threshold-store.ts";
import { adviceOf } from "../../src/watch/thresholds/advice.ts";
import { advised } from "../../src/watch/thresholds/advised.ts";
import { Background } from "../../src/watch/thresholds/background.ts";
import { BINS, binOf, lowerEdge } from "../../src/watch/thresholds/scores.ts";
import { foundAt, NOON } from "./support/stores.ts";

const DAY = 86_400;
/** Windows of background by their scores. */
const counts = (all: Readonly<Record<number, number>>) => {
  const bins = new Float64Array(BINS);
  for (const [probability, count] of Object.entries(all)) bins[binOf(Number(probability))] = count;
  return bins;
};
const judged = (verdict: "confirmed" | "rejected" | undefined, ...peaks: number[]) =>
  peaks.map((peak) => ({ peak, verdict }));

test("bins of scores: every probability lies in its own, from its lower edge on", () => {
  expect([binOf(0), binOf(0.5), binOf(1)]).toEqual([0, BINS / 2, BINS - 1]);
  for (let bin = 1; bin < BINS - 1; bin++)
    expect([binOf(lowerEdge(bin) + 1e-5), lowerEdge(bin) < lowerEdge(bin + 1)]).toEqual([bin, true]);
});

test("the lowest threshold with no more false alarms than wished; what nobody judged counts as neither", () => {
  const evidence = { seconds: 7 * DAY, background: counts({ 0.01: 1e6, 0.6: 700 }), windows: 1, threshold: 0.5 };
  const events = [
    ...judged("rejected", ...Array(70).fill(0.8), 0.97),
    ...judged("confirmed", 0.85, 0.99),
    ...judged(undefined, 0.95),
  ];
  const advice = adviceOf({ ...evidence, events }, 1);
  expect(advice).toMatchObject({ confirmed: 2, rejected: 71, unjudged: 1, days: 7, missed: 0 });
  expect(advice.falseNow).toBeCloseTo((700 + 71) / 7, 6);
  expect(advice.suggested).toBeGreaterThan(0.8);
  expect(advice.suggested).toBeLessThan(0.85);
  expect(advice.falseThen).toBeCloseTo(1 / 7, 6);
  // With fewer put up with it is higher, and a call would be missed.
  const strict = adviceOf({ ...evidence, events }, 0.1);
  expect(strict.suggested).toBeGreaterThan(0.97);
  expect(strict.missed).toBe(1);
  // A quiet site's threshold may be lower than the head's.
  expect(adviceOf({ ...evidence, background: counts({ 0.01: 1e6 }), events: [] }, 1).suggested).toBeLessThan(0.2);
  expect(adviceOf({ ...evidence, seconds: 3600, events }, 1)).toMatchObject({
    suggested: undefined,
    why: "Only 1.0 h of its background were heard: it takes a day.",
  });
  const hopeless = { ...evidence, background: counts({ 1: 1e5 }), events };
  expect(adviceOf(hopeless, 1).why).toMatch(/^No threshold keeps false alarms below 1 a day/);
});

async function stores() {
  const sql = await NodeSqlite.open(":memory:", true);
  onTestFinished(() => sql.close());
  const store = new EventStore(sql);
  return { store, background: new BackgroundStore(sql), thresholds: new ThresholdStore(sql) };
}

test("background is what is no event, from the first window of one on; of days long gone nothing is left", async () => {
  const { background } = await stores();
  const heard = new Background("lab", background);
  heard.begin({ model: "yamnet", variant: "int8", heads: [{ id: "orcas", sha256: "ab" }] } as unknown as HeaderRecord);
  const window = (index: number, call: number) =>
    ({ type: "window", start: index, end: index + 0.9, heads: { orcas: { call } } }) as unknown as WindowRecord;
  const event = (phase: "begin" | "end", start: number) =>
    ({ type: "event", phase, head: "orcas", class: "call", start }) as unknown as EventRecord;
  for (let index = 0; index < 300; index++) {
    heard.pushWindow(window(index, index >= 200 && index < 210 ? 0.9 : 0.1), NOON);
    if (index === 202) heard.push(event("begin", 200));
    if (index === 210) heard.push(event("end", 200));
  }
  heard.pushWindow({ ...window(300, 0.9), noise: { orcas: "squeak" } }, NOON);
  heard.flush(NOON);
  const today = Math.floor(NOON / (1000 * DAY));
  const [found] = background.since("lab", today);
  expect(found).toMatchObject({ made: "yamnet/int8/ab", head: "orcas", class: "call" });
  // The window that the end came with is not counted either.
  expect([found?.counts[binOf(0.1)], found?.counts[binOf(0.9)]]).toEqual([289, 0]);
  background.forget(today + 1);
  expect(background.since("lab", 0)).toEqual([]);
});

test("a class is advised by its own head's week; a threshold that was set is said, and undone", async () => {
  const all = await stores();
  const { store, background, thresholds } = all;
  const today = Math.floor(NOON / (1000 * DAY));
  const of = { hydrophone: "lab", head: "orcas", class: "call" };
  background.add({ ...of, made: "yamnet/int8/ab", counts: counts({ 0.01: 4 * DAY }) }, today - 2);
  background.add({ ...of, made: "yamnet/int8/ab", counts: counts({ 0.01: 4 * DAY, 0.7: 100 }) }, today);
  background.add({ ...of, made: "yamnet/int8/another", counts: counts({ 0.99: 1e6 }) }, today);
  const made = { ...foundAt(0).made, head: "ab" };
  store.keepVerdict(store.begin(foundAt(0, { made, peak: 0.9 }), NOON).id, {
    ...{ verdict: "confirmed", label: undefined, by: "ann", at: NOON },
  });
  store.begin(foundAt(10), NOON);
  const facts = [
    {
      id: "orcas",
      sha256: "ab",
      classes: [{ name: "call", threshold: 0.5 }],
      events: { shortest: 0, gap: 1, windows: 2 },
    },
  ];
  const advice = () => advised("lab", facts, { model: "yamnet/int8", hop: 0.5 }, all, 1, NOON)[0];
  expect(advice()).toMatchObject({ threshold: 0.5, set: undefined, confirmed: 1, unjudged: 0, missed: 0, days: 4 });
  expect(advice()?.suggested).toBeGreaterThan(0.7);
  thresholds.set({ ...of, threshold: 0.8, by: "ann", at: NOON });
  thresholds.set({ ...of, threshold: 0.9, by: "bob", at: NOON + 1 });
  expect(advice()?.set).toEqual({ by: "bob", at: NOON + 1 });
  expect(thresholds.undo("lab", "orcas", "call", NOON + 2)).toBe(true);
  expect(thresholds.undo("lab", "orcas", "call", NOON + 3)).toBe(false);
  expect(advice()?.set).toBeUndefined();
  expect(thresholds.list("lab")).toMatchObject([
    { threshold: 0.9, undone: NOON + 2 },
    { threshold: 0.8, undone: NOON + 1 },
  ]);
});
