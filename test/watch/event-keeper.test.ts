import { expect, test } from "vitest";
import type { EventRecord, HeaderRecord, WindowRecord } from "../../src/records/index.ts";
import { Telling } from "../../src/watch/deliveries/telling.ts";
import { EventKeeper } from "../../src/watch/following/event-keeper.ts";
import { SoundKept } from "../../src/watch/following/sound-kept.ts";
import { Suppressing } from "../../src/watch/following/suppressing.ts";
import { LocalTime, type WatchedHydrophone, watchConfig } from "../../src/watch/index.ts";
import { SuppressionStore } from "../../src/watch/store/suppression-store.ts";
import { memoryStores, NOON } from "./support/stores.ts";

/** What keeps events of a hydrophone; `again` is another run on the same disk. */
async function keeping() {
  const { events: store, messages } = await memoryStores();
  const suppressions = new SuppressionStore(store.sql);
  const config = watchConfig(
    JSON.stringify({
      hydrophones: { lab: { url: "https://example.org/live.m3u8", heads: ["a.json"] } },
      deliveries: { hook: { kind: "webhook", to: "https://example.org/" } },
    }),
    "watch.json",
  );
  const telling = new Telling(messages, config.deliveries, new LocalTime("UTC"));
  const hydrophone = config.hydrophones[0] as WatchedHydrophone;
  const again = (startedAt: number) => {
    const suppressing = new Suppressing(suppressions, "lab");
    const parts = {
      hydrophone,
      store,
      telling,
      sound: new SoundKept(),
      suppressing,
      clips: undefined,
      config,
      changed: () => undefined,
      apart: 2,
    };
    const keeper = new EventKeeper(parts);
    const start = { utc: new Date(NOON + 1000 * startedAt).toISOString(), source: "a clock", uncertainty: 1 };
    const heads = [
      { id: "orcas", classes: [{ name: "call", threshold: 0.5 }], events: { shortest: 0, gap: 1, windows: 1 } },
    ];
    const header = { model: "yamnet", variant: "int8", window: { seconds: 0.96, hop: 0.48 }, heads, start };
    keeper.begin(header as unknown as HeaderRecord, NOON);
    return keeper;
  };
  return { store, messages, suppressions, again };
}

const window = (start: number, embedding: readonly number[]): WindowRecord => ({
  type: "window",
  index: 0,
  start,
  end: start + 0.96,
  rms: 0.1,
  embedding: Float32Array.from(embedding),
  heads: { orcas: { call: 0.9 } },
});

const event = (phase: "begin" | "end", start: number, end: number): EventRecord => ({
  ...{ type: "event", phase, head: "orcas", class: "call", number: 0, start, end },
  ...{ peak: 0.9, peakStart: start, mean: 0.9, windows: 2 },
});

test("what is found again by the next run, at another phase of windows, is the event that it was, and is told once", async () => {
  const { store, messages, again } = await keeping();
  const first = again(0);
  first.push(event("begin", 10, 11), NOON);
  first.goOn(14);
  // Killed; the next run begins six seconds before, and its windows lie elsewhere.
  const second = again(8.3);
  second.push(event("begin", 1.6, 2.6), NOON);
  second.push(event("end", 1.6, 7), NOON);
  const found = [...store.events({}, 10)];
  expect(found).toMatchObject([{ phase: "end", start: NOON + 9900, end: NOON + 15_300, uncertainty: 1.961 }]);
  expect([...messages.list(undefined, 10)]).toHaveLength(1);
});

test("two events of one run are two, however near they lie; what an earlier run did not end is ended", async () => {
  const { store, messages, again } = await keeping();
  const first = again(0);
  first.push(event("begin", 10, 11), NOON);
  first.push(event("end", 10, 11), NOON);
  first.push({ ...event("begin", 12.5, 13.5), number: 1 }, NOON);
  expect([...messages.list(undefined, 10)]).toHaveLength(2);
  const second = again(13);
  second.closeBefore(NOON + 20_000, NOON);
  expect([...store.events({}, 10)].map(({ phase }) => phase)).toEqual(["end", "end"]);
});

test("what sounds like what was rejected is kept and not told; a call in it is", async () => {
  const { store, messages, suppressions, again } = await keeping();
  const rule = { name: "like x", hydrophone: "lab", model: "yamnet/int8", nearest: 0.95, event: "x", created: NOON };
  suppressions.add({ ...rule, centre: Float32Array.of(1, 0, 0) });
  const keeper = again(0);
  const squeak = [2, 0.1, 0];
  keeper.pushWindow(window(10, squeak), NOON);
  keeper.push(event("begin", 10, 10.96), NOON);
  keeper.pushWindow(window(10.48, squeak), NOON);
  keeper.push(event("end", 10, 11.44), NOON);
  expect([...store.events({}, 10)]).toMatchObject([{ suppressed: "like x", phase: "end" }]);
  expect([...messages.list(undefined, 10)]).toEqual([]);

  keeper.pushWindow(window(20, squeak), NOON);
  keeper.push(event("begin", 20, 20.96), NOON);
  expect([...messages.list(undefined, 10)]).toEqual([]);
  keeper.pushWindow(window(20.48, [1, 1, 0]), NOON);
  expect([...messages.list(undefined, 10)]).toMatchObject([{ state: "due" }]);
  expect([...store.events({}, 1)][0]?.suppressed).toBeUndefined();
  keeper.push(event("end", 20, 21.44), NOON);

  suppressions.undo("lab", "like x", NOON);
  keeper.pushWindow(window(30, squeak), NOON);
  keeper.push(event("begin", 30, 30.96), NOON);
  expect([...messages.list(undefined, 10)]).toHaveLength(2);
});
