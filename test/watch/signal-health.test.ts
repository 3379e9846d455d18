import { expect, test } from "vitest";
import { Telling } from "../../src/watch/deliveries/telling.ts";
import { SignalHealth } from "../../src/watch/following/signal-health.ts";
import { Troubles } from "../../src/watch/following/troubles.ts";
import { LocalTime, type WatchedHydrophone, watchConfig } from "../../src/watch/index.ts";
import { TroubleStore } from "../../src/watch/store/trouble-store.ts";
import { memoryStores, NOON } from "./support/stores.ts";

const RATE = 8000;
/** Seconds of sound. */
const sound = (seconds: number, value: (at: number) => number) =>
  Float32Array.from({ length: seconds * RATE }, (_, at) => value(at));
const sea = (at: number) => 0.01 * Math.sin(at * at);

test.each([
  ["silent", () => 0, "All that comes is silence."],
  ["stuck", () => 0.25, "All that comes is one value, 0.250."],
  [
    "clipped",
    (at: number) => Math.max(-1, Math.min(1, 2 * Math.sin(at))),
    "It is louder than can be recorded: 67 % of its samples are at full scale.",
  ],
  ["offset", (at: number) => 0.05 + sea(at), expect.stringMatching(/^The signal has a constant offset of 0\.05/)],
] as const)(
  "%s: known after as long as is asked for, and over as long after it is well, however it is cut",
  (kind, value, message) => {
    for (const cut of [777, 30_000]) {
      const health = new SignalHealth(20);
      const push = (samples: Float32Array) => {
        for (let at = 0; at < samples.length; at += cut) health.push(samples.subarray(at, at + cut), RATE);
      };
      push(sound(20, sea));
      expect(health.trouble).toBeUndefined();
      push(sound(10, value));
      expect(health.trouble).toBeUndefined();
      push(sound(10, value));
      expect(health.trouble).toEqual({ kind, message });
      push(sound(10, sea));
      expect(health.trouble?.kind).toBe(kind);
      push(sound(10, sea));
      expect(health.trouble).toBeUndefined();
    }
  },
);

test("troubles of the way and of the sound are told apart; each is told once, over a restart too", async () => {
  const { events, messages } = await memoryStores();
  const { hydrophones, deliveries } = watchConfig(
    JSON.stringify({
      hydrophones: { lab: { url: "https://example.org/live.m3u8", heads: ["a.json"] } },
      deliveries: { hook: { kind: "webhook", to: "https://example.org/" } },
    }),
    "watch.json",
  );
  const telling = new Telling(messages, deliveries, new LocalTime("UTC"));
  const started = () =>
    new Troubles(hydrophones[0] as WatchedHydrophone, new TroubleStore(events.sql), telling, () => undefined);
  const troubles = started();
  const gone = { kind: "gone", message: "Nothing has come." } as const;
  const silent = { kind: "silent", message: "Silence." } as const;
  expect(troubles.keep("way", gone, NOON, NOON)).toBe(true);
  expect(troubles.keep("way", gone, NOON, NOON + 1)).toBe(false);
  expect(troubles.keep("sound", silent, NOON, NOON)).toBe(true);
  expect(started().keep("way", undefined, NOON, NOON + 2)).toBe(true);
  expect(started().keep("sound", { kind: "stuck", message: "One value." }, NOON, NOON + 3)).toBe(true);
  expect([...messages.list(undefined, 10)].reverse().map(({ key }) => key)).toEqual([
    "trouble-lab-1.hook",
    "trouble-lab-2.hook",
    "trouble-lab-1-over.hook",
    "trouble-lab-2-over.hook",
    "trouble-lab-3.hook",
  ]);
});
