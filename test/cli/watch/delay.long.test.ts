import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fakeNode } from "../../live/support/fake-node.ts";
import { until } from "../../support/processes.ts";
import { framesWith, secondsOf, segmentsOf } from "../../watch/support/planted.ts";
import { startReceiver } from "../../watch/support/receiver.ts";
import { WatchRun } from "../../watch/support/watch-run.ts";

/** As the operator of Orcasound has them: hydrophones, heads at each, frames of a segment (10 s). */
const [HYDROPHONES, HEADS, EACH, SEGMENTS] = [9, 4, 469, 12];
/** A call in every other segment. */
const CALLS = Array.from({ length: SEGMENTS / 2 }, (_, at) => ({ from: (2 * at + 1) * EACH + 150, frames: 120 }));

test(`${HYDROPHONES} hydrophones with ${HEADS} heads, all calling at once: how long from publication to delivery`, async () => {
  const epoch = Math.floor(Date.now() / 1000) - 15;
  const nodes = await Promise.all(Array.from({ length: HYDROPHONES }, () => fakeNode(epoch)));
  const receiver = await startReceiver();
  const heads = Array.from({ length: HEADS }, (_, at) => `loud${at}.head.json`);
  const hydrophones = Object.fromEntries(nodes.map(({ url }, at) => [`h${at}`, { node: url, variant: "int8", heads }]));
  const run = await WatchRun.prepare({
    hydrophones,
    deliveries: { hook: { kind: "webhook", to: receiver.url } },
    "allow-private": true,
  });
  const head = JSON.parse(readFileSync(join(run.folder, "loud.head.json"), "utf8")) as object;
  for (const [at, file] of heads.entries())
    writeFileSync(join(run.folder, file), JSON.stringify({ ...head, id: `loud${at}` }));
  const segments = segmentsOf(framesWith(SEGMENTS * EACH, CALLS), EACH);
  const published: number[] = [];
  const publish = () => {
    const next = segments.shift();
    if (next === undefined) return;
    for (const node of nodes) node.add(next);
    published.push(Date.now());
  };
  publish();
  await run.start("--serve", "0");
  // Hydrophones are polled from one moment on: what is published comes at any time between.
  const timer = setInterval(publish, 1000 * secondsOf(EACH));
  onTestFinished(() => clearInterval(timer));
  const arrived: number[] = [];
  const seen = setInterval(() => {
    while (arrived.length < receiver.taken.length) arrived.push(Date.now());
  }, 5);
  onTestFinished(() => clearInterval(seen));
  const all = CALLS.length * HYDROPHONES * HEADS;
  await until(() => arrived.length >= all, 300_000);
  const delays = receiver.taken.map(({ body }, at) => {
    const [event] = (JSON.parse(body) as { events: { utc: string }[] }).events;
    const second = Date.parse(event?.utc ?? "") / 1000 - epoch - 2;
    // Windows begin before the call that they hold: its segment is that of its middle.
    const segment = Math.floor((second + 1.5) / secondsOf(EACH));
    return ((arrived[at] as number) - (published[segment] as number)) / 1000;
  });
  delays.sort((a, b) => a - b);
  const at = (share: number) => delays[Math.ceil(share * delays.length) - 1]?.toFixed(1);
  const named = `${cpus()[0]?.model}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}`;
  console.log(
    `${delays.length} events, s from publication: median ${at(0.5)}, 99 % ${at(0.99)}, worst ${at(1)} (${named})`,
  );
  expect(new Set(receiver.taken.map(({ headers }) => headers["webhook-id"])).size).toBe(all);
  await expect
    .poll(async () => (await run.events()).filter(({ clip }) => clip !== undefined).length, { timeout: 60_000 })
    .toBe(all);
  expect(await run.end("SIGTERM")).toBe(0);
}, 600_000);
