import { expect, test } from "vitest";
import { DEFAULT_OPTIONS } from "../../src/embed/index.ts";
import { scoreRules } from "../../src/heads/index.ts";
import { Listening, type LiveEvent, SharedRecords } from "../../src/live/index.ts";
import type { HeaderRecord, LiveRecord, SummaryRecord, WindowRecord } from "../../src/records/index.ts";
import { nodeRuntime } from "../../src/runtime.node.ts";
import { wav16 } from "../../src/sample/index.ts";
import { expectSameBits } from "../support/bits.ts";
import { noise } from "../support/signals.ts";
import { seededFolder } from "../support/test-models.ts";

const RATE = 16_000;
const START = { utc: Date.UTC(2026, 10, 28, 12), source: "a clock", uncertainty: 1 };
const info = {
  container: "wav",
  encoding: "s16",
  bigEndian: false,
  rate: RATE,
  channels: 1,
  declaredFrames: undefined,
} as const;

/** A hydrophone whose sound comes when the test says so, and how often it was followed. */
async function hydrophone() {
  const runtime = await nodeRuntime(seededFolder);
  const wav = wav16(noise(60 * RATE, 0.3), RATE);
  const followers: { put: (event: LiveEvent | undefined) => void; left: boolean }[] = [];
  async function* events(signal: AbortSignal): AsyncGenerator<LiveEvent> {
    const waiting: (LiveEvent | undefined)[] = [];
    let wake = () => {};
    const follower = {
      left: false,
      put(event: LiveEvent | undefined) {
        waiting.push(event);
        wake();
      },
    };
    followers.push(follower);
    signal.addEventListener("abort", () => {
      follower.left = true;
      follower.put(undefined);
    });
    for (;;) {
      while (waiting.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      const event = waiting.shift();
      if (event === undefined) return;
      yield event;
    }
  }
  let at = 0;
  return {
    runtime,
    followers,
    listening: new Listening(runtime, events, false),
    load: () => runtime.store.load("yamnet", "int8", "kernels"),
    start: () => {
      at = 0;
      followers.at(-1)?.put({ kind: "start", start: START, info, cut: true });
      followers.at(-1)?.put({ kind: "segment", bytes: wav.subarray(0, 44) });
    },
    sound: (seconds: number) => {
      const bytes = wav.subarray(44 + 2 * RATE * at, 44 + 2 * RATE * (at + seconds));
      at += seconds;
      followers.at(-1)?.put({ kind: "segment", bytes });
    },
    end: () => followers.at(-1)?.put(undefined),
  };
}

/** Records of a listener, until he has so many windows; then he waits for more. */
class Ear {
  readonly records: LiveRecord[] = [];
  readonly leaving = new AbortController();
  heard = 0;
  readonly #batches: AsyncGenerator<readonly LiveRecord[]>;

  constructor({ listening, load }: Awaited<ReturnType<typeof hydrophone>>, more: object = {}) {
    const options = { ...DEFAULT_OPTIONS, ...more };
    this.#batches = listening.listen({ load, options }, this.leaving.signal, ({ length }) => {
      this.heard += length;
    });
  }

  get windows(): WindowRecord[] {
    return this.records.filter((record): record is WindowRecord => record.type === "window");
  }

  async until(enough: () => boolean): Promise<void> {
    while (!enough()) {
      const { done, value } = await this.#batches.next();
      if (done) return;
      this.records.push(...value);
    }
  }
}

test("one net for all: whoever comes amid a stretch has one of his own, with its sound and his own heads", async () => {
  const one = await hydrophone();
  const first = new Ear(one);
  const begun = first.until(() => first.windows.length >= 8);
  await expect.poll(() => one.followers.length).toBe(1);
  one.start();
  one.sound(5);
  await begun;
  const second = new Ear(one);
  const rules = { trained: [], rules: scoreRules("yamnet:0>0"), site: undefined, events: undefined };
  const ruled = new Ear(one, { heads: rules });
  const came = Promise.all([
    second.until(() => second.windows.length >= 4),
    first.until(() => first.windows.length >= 16),
  ]);
  await expect.poll(() => one.listening.listeners).toBe(2);
  one.sound(6);
  await came;
  expect(one.followers).toHaveLength(1);

  const header = second.records[0] as HeaderRecord;
  const [early] = second.windows as [WindowRecord];
  expect([early.index, early.start, early.end]).toEqual([0, 0, 0.96]);
  expect(header.start?.utc).toBe(early.utc);
  expect(header.start?.uncertainty).toBeGreaterThanOrEqual(1);
  const same = first.windows.find(({ utc }) => utc === early.utc) as WindowRecord;
  expect(same.index).toBeGreaterThan(0);
  expectSameBits(early.embedding, same.embedding);
  expect(second.heard / RATE).toBeGreaterThanOrEqual((second.windows.at(-1) as WindowRecord).end);

  // Rules on the model's own scores need a net that gives them.
  const scored = ruled.until(() => ruled.windows.length >= 2);
  await expect.poll(() => one.followers.length).toBe(2);
  one.start();
  one.sound(3);
  await scored;
  expect(ruled.windows[0]).toMatchObject({ heads: { yamnet: {} } });
  expect(ruled.windows[0]).not.toHaveProperty("scores");
  expect(ruled.records.find(({ type }) => type === "event")).toMatchObject({ phase: "begin", start: 0 });

  for (const ear of [first, second, ruled]) ear.leaving.abort();
  await expect.poll(() => one.followers.every(({ left }) => left)).toBe(true);
  expect(one.listening.listeners).toBe(0);
});

test("what somebody makes anyhow is listened to; where he ends it, it goes on; where the hydrophone ends, so it does", async () => {
  const one = await hydrophone();
  const offered = one.listening.offer(await one.load(), DEFAULT_OPTIONS);
  const ear = new Ear(one);
  const header = { type: "header", model: "yamnet", source: {} } as HeaderRecord;
  const window = { type: "window", index: 0, start: 0, end: 0.975, embedding: new Float32Array(4) } as WindowRecord;
  const summary = { type: "summary", windows: 1, seconds: 1 } as SummaryRecord;
  const all = ear.until(() => ear.records.some(({ type }) => type === "summary"));
  await expect.poll(() => one.listening.listeners).toBe(1);
  for (const record of [header, { ...window, heads: { a: { b: 1 } } }, summary]) offered.publish([record]);
  await all;
  expect(ear.records).toEqual([header, window, summary]);
  offered.end();
  const rest = ear.until(() => false);
  await expect.poll(() => one.followers.length).toBe(1);
  one.start();
  one.sound(2);
  one.end();
  await rest;
  expect(ear.windows.length).toBeGreaterThan(2);
  expect(ear.records.at(-1)).toMatchObject({ type: "summary", complete: true });
});

test("nobody is let in while older sound is caught up with; who takes nothing is left behind", async () => {
  const shared = new SharedRecords(0, Date.UTC(2026, 10, 28, 12));
  const signal = new AbortController().signal;
  const listener = shared.listen(signal);
  expect((await listener.next()).value).toMatchObject([
    { type: "waiting", message: expect.stringMatching(/caught up/) },
  ]);
  const next = listener.next();
  const window = (index: number, utc: string) =>
    ({ type: "window", index, start: index, end: index + 1, utc, embedding: new Float32Array(4) }) as WindowRecord;
  shared.publish([
    {
      type: "header",
      source: {},
      start: { utc: "2026-11-28T10:00:00.000Z", source: "", uncertainty: 1 },
    } as HeaderRecord,
  ]);
  shared.publish([window(0, "2026-11-28T10:00:00.000Z")]);
  expect(shared.listeners).toBe(0);
  shared.publish([window(7200, "2026-11-28T12:00:00.000Z")]);
  expect((await next).value).toMatchObject([
    { type: "header", start: { utc: "2026-11-28T12:00:00.000Z", uncertainty: 1.36 } },
  ]);
  expect((await listener.next()).value).toMatchObject([{ index: 0, start: 0, end: 1 }]);

  const large = { ...window(7201, "2026-11-28T12:00:01.000Z"), embedding: new Float32Array(2 ** 20) };
  const slow = listener.next();
  for (let count = 0; count < 6; count++) shared.publish([large]);
  await expect(slow).rejects.toMatchObject({ code: "too_slow" });
});
