import { expect, onTestFinished, test } from "vitest";
import { fakeNode } from "../../live/support/fake-node.ts";
import { decode } from "../../support/decode.ts";
import { until } from "../../support/processes.ts";
import { framesWith, secondsOf, segmentsOf } from "../../watch/support/planted.ts";
import { startReceiver } from "../../watch/support/receiver.ts";
import { type PrintedEvent, RECEIVER_FAILURES, WatchRun } from "../../watch/support/watch-run.ts";

/** Frames of a segment: a second. */
const EACH = 47;

test("killed at any moment, its receiver out of order: each planted call is one event and one delivery", async () => {
  const calls = [60, 330, 600, 880, 1150].map((from, at) => ({ from, frames: 60 + 10 * at }));
  const segments = segmentsOf(framesWith(30 * EACH, calls), EACH);
  const epoch = Math.floor(Date.now() / 1000) - 5;
  const node = await fakeNode(epoch);
  const receiver = await startReceiver();
  const secret = "a secret that is in no log";
  const run = await WatchRun.prepare(
    {
      hydrophones: {
        lab: { node: node.url, variant: "int8", heads: ["loud.head.json"], latitude: 48.5, longitude: -123.1 },
      },
      deliveries: { hook: { kind: "webhook", to: `${receiver.url}/hook`, secret: { env: "HOOK_SECRET" } } },
      clips: { before: "1 s", after: "1 s" },
      "allow-private": true,
    },
    { HOOK_SECRET: secret },
  );
  let published = 1;
  node.add(...segments.slice(0, published));
  const publishing = setInterval(() => {
    if (run.said.includes("live") && published < segments.length)
      node.add(segments[published++] as (typeof segments)[number]);
  }, 250);
  onTestFinished(() => clearInterval(publishing));
  // Moments differ from run to run as machines do; a call's begin, end and clip are all within.
  for (const [at, wait] of [900, 250, 1300, 600].entries()) {
    receiver.instead = RECEIVER_FAILURES[at];
    await run.start();
    await new Promise((resolve) => setTimeout(resolve, wait));
    await run.end("SIGKILL");
  }
  receiver.instead = undefined;
  await run.start();
  const keys = () => new Set(receiver.taken.map(({ headers }) => headers["webhook-id"]));
  await until(() => published === segments.length && keys().size >= calls.length).catch(() => {
    throw new Error(`It was not told of all calls: ${run.said}`);
  });
  const clips = async () => (await run.events()).filter(({ clip }) => clip !== undefined).length;
  await expect.poll(clips).toBe(calls.length);
  expect(await run.end("SIGTERM")).toBe(0);

  const found = await run.events();
  expect(found).toHaveLength(calls.length);
  expect(keys().size).toBe(calls.length);
  for (const [at, { from, frames }] of calls.entries()) {
    const event = found[at] as PrintedEvent;
    const { id, utc, end, uncertainty, phase, clip = "", clipUtc, clipSeconds, picture } = event;
    const truth = epoch + 2 + secondsOf(from);
    expect(Math.abs(Date.parse(utc) / 1000 - truth)).toBeLessThanOrEqual(uncertainty);
    expect(Date.parse(utc) / 1000).toBeLessThan(truth + secondsOf(frames));
    expect(phase).toBe("end");
    expect(keys()).toContain(`${id}.hook`);
    const sound = decode([run.clip(clip)]);
    expect(sound.samples.length / (sound.info?.rate ?? 0)).toBeCloseTo(clipSeconds, 3);
    expect(Date.parse(clipUtc)).toBeLessThanOrEqual(Date.parse(utc));
    expect(clipSeconds).toBeGreaterThan((Date.parse(end) - Date.parse(utc)) / 1000);
    expect([...run.clip(picture).subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
  }
  const bodies = receiver.taken.map(({ body }) => JSON.parse(body));
  expect(bodies[0]).toMatchObject({
    type: "event",
    title: "call at lab",
    events: [{ hydrophone: { latitude: 48.5 } }],
  });
  expect(receiver.refused.length).toBeGreaterThan(0);
  expect(run.said).not.toContain(secret);
  expect(run.said).toMatch(/hook: event delivered/);
});
