import { expect, test } from "vitest";
import type { Clock } from "../../src/live/index.ts";
import { type Attempt, Outbox, type Sender } from "../../src/watch/deliveries/outbox.ts";
import { Telling } from "../../src/watch/deliveries/telling.ts";
import { LocalTime } from "../../src/watch/index.ts";
import { foundAt, memoryStores, NOON } from "./support/stores.ts";

/** An outbox whose clock stands until it is set. */
async function outboxWith(sender: Sender) {
  const { events, messages } = await memoryStores();
  let time = NOON;
  const clock: Clock = { now: () => time, sleep: async () => undefined };
  const said: string[] = [];
  const telling = new Telling(messages, new Map(), new LocalTime("UTC"));
  const senders = new Map([["hook", sender]]);
  const outbox = new Outbox({ events, messages, telling, senders, clock, say: (line) => said.push(line) });
  const event = events.begin(foundAt(0), NOON);
  messages.add({ key: `${event.id}.hook`, delivery: "hook", kind: "event", event: event.id, state: "due" }, NOON);
  const never = new AbortController().signal;
  return {
    outbox,
    messages,
    said,
    next: () => outbox.sendNext("hook", never),
    set: (ms: number) => (time = NOON + ms),
  };
}

test("what does not arrive is tried again, later and later, under one key; a day long", async () => {
  const keys: string[] = [];
  const { messages, said, next, set } = await outboxWith(async ({ key, events }) => {
    keys.push(`${key} ${events.length}`);
    return { delivered: false, said: "it answered with 500" };
  });
  const waits: number[] = [];
  let at = 0;
  while (await next()) {
    const due = messages.nextTime("hook");
    if (due === undefined) break;
    waits.push((due - NOON - at) / 1000);
    at = due - NOON;
    set(at);
  }
  expect(waits.slice(0, 9)).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900]);
  expect(at).toBeGreaterThanOrEqual(86_400_000);
  expect(at).toBeLessThan(86_400_000 + 900_000);
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(/ 1$/);
  expect([...messages.list("undelivered", 10)]).toMatchObject([
    { said: "it answered with 500", attempts: keys.length },
  ]);
  expect(said).toHaveLength(2);
  expect(said[1]).toMatch(/could not be delivered within a day: it answered with 500/);
});

test("a receiver that wants to be left alone is; what is thrown is a failure; what arrived is not sent again", async () => {
  const answers: (Attempt | Error)[] = [
    { delivered: false, said: "it answered with 429", after: 60 },
    new Error("connect ECONNREFUSED"),
    { delivered: true, said: "it answered with 200" },
  ];
  const { messages, next, set } = await outboxWith(async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer as Attempt;
  });
  expect(await next()).toBe(true);
  expect(messages.nextTime("hook")).toBe(NOON + 60_000);
  expect(await next()).toBe(false);
  set(60_000);
  expect(await next()).toBe(true);
  expect([...messages.list("due", 1)][0]).toMatchObject({ attempts: 2, said: "connect ECONNREFUSED" });
  set(70_000);
  expect(await next()).toBe(true);
  expect([...messages.list(undefined, 10)]).toMatchObject([{ state: "delivered", attempts: 3 }]);
  set(1e9);
  expect(await next()).toBe(false);
});

test("what is on its way is not sent again meanwhile: several go at once, programs one after the other", async () => {
  const { events, messages } = await memoryStores();
  const clock: Clock = {
    now: () => NOON,
    sleep: (_, signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
  };
  const telling = new Telling(messages, new Map(), new LocalTime("UTC"));
  const most: Record<string, number> = { hook: 0, horn: 0 };
  const [going, done]: [Record<string, number>, string[]] = [{ hook: 0, horn: 0 }, []];
  const sender =
    (name: string): Sender =>
    async ({ key }) => {
      going[name] = (going[name] ?? 0) + 1;
      most[name] = Math.max(most[name] ?? 0, going[name]);
      await new Promise((resolve) => setTimeout(resolve, 5));
      going[name]--;
      done.push(key);
      return { delivered: true, said: "" };
    };
  const senders = new Map([
    ["hook", sender("hook")],
    ["horn", sender("horn")],
  ]);
  const parts = { events, messages, telling, senders, clock, oneByOne: new Set(["horn"]), say: () => undefined };
  for (let at = 0; at < 10; at++)
    for (const delivery of senders.keys())
      messages.add({ key: `${at}.${delivery}`, delivery, kind: "test", state: "due" }, NOON);
  const leaving = new AbortController();
  const ran = new Outbox(parts).run(leaving.signal);
  await expect.poll(() => done.length).toBe(20);
  leaving.abort();
  await ran;
  expect([new Set(done).size, most]).toEqual([20, { hook: 4, horn: 1 }]);
});
