import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fakeNode } from "../../live/support/fake-node.ts";
import { CLI, orcaEmbed } from "../../support/command-line.ts";
import { decode } from "../../support/decode.ts";
import { until } from "../../support/processes.ts";
import { seededFolder } from "../../support/test-models.ts";
import { writeLoudHead } from "../../watch/support/loud-head.ts";
import { framesWith, secondsOf, segmentsOf } from "../../watch/support/planted.ts";
import { type Receiver, startReceiver } from "../../watch/support/receiver.ts";

/** Frames of a segment: a second. */
const EACH = 47;

interface Event {
  readonly id: string;
  readonly utc: string;
  readonly end: string;
  readonly uncertainty: number;
  readonly phase: string;
  readonly clip: string;
  readonly clipUtc: string;
  readonly clipSeconds: number;
  readonly picture: string;
}

/** Ways in which a receiver fails. */
const FAILURES: readonly Receiver["instead"][] = [
  (response) => response.writeHead(500).end("out of order"),
  // It never answers.
  () => undefined,
  (response) => response.writeHead(302, { location: "http://127.0.0.1:9/elsewhere" }).end(),
];

test("killed at any moment, its receiver out of order: each planted call is one event and one delivery", async () => {
  const folder = mkdtempSync(join(tmpdir(), "orca-watch-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const calls = [60, 330, 600, 880, 1150].map((from, at) => ({ from, frames: 60 + 10 * at }));
  const segments = segmentsOf(framesWith(30 * EACH, calls), EACH);
  const epoch = Math.floor(Date.now() / 1000) - 5;
  const node = await fakeNode(epoch);
  const receiver = await startReceiver();
  await writeLoudHead(join(folder, "loud.head.json"));
  const config = join(folder, "watch.json");
  writeFileSync(
    config,
    JSON.stringify({
      hydrophones: {
        lab: { node: node.url, variant: "int8", heads: ["loud.head.json"], latitude: 48.5, longitude: -123.1 },
      },
      deliveries: { hook: { kind: "webhook", to: `${receiver.url}/hook`, secret: { env: "HOOK_SECRET" } } },
      clips: { before: "1 s", after: "1 s" },
      "allow-private": true,
    }),
  );
  let said = "";
  let child: ChildProcess | undefined;
  const start = () => {
    const env = { ...process.env, HOOK_SECRET: "a secret that is in no log" };
    const started = spawn(process.execPath, [CLI, "watch", config, "--models", seededFolder], {
      stdio: ["ignore", "ignore", "pipe"],
      env,
    });
    started.stderr.on("data", (part: Buffer) => {
      said += part.toString();
    });
    return started;
  };
  onTestFinished(() => void child?.kill("SIGKILL"));
  const heard = () => said.split("\n").length;
  let published = 1;
  node.add(...segments.slice(0, published));
  const publishing = setInterval(() => {
    if (said.includes("live") && published < segments.length)
      node.add(segments[published++] as (typeof segments)[number]);
  }, 250);
  onTestFinished(() => clearInterval(publishing));
  // Moments differ from run to run as machines do; a call's begin, end and clip are all within.
  for (const [at, wait] of [900, 250, 1300, 600].entries()) {
    receiver.instead = at < FAILURES.length ? FAILURES[at] : undefined;
    const before = heard();
    child = start();
    await until(() => heard() > before + 1);
    await new Promise((resolve) => setTimeout(resolve, wait));
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  receiver.instead = undefined;
  child = start();
  const keys = () => new Set(receiver.taken.map(({ headers }) => headers["webhook-id"]));
  await until(() => published === segments.length && keys().size >= calls.length, 30_000).catch(() => {
    throw new Error(`It was not told of all calls: ${said}`);
  });
  const events = async () =>
    (await orcaEmbed(["watch", "events", config])).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Event)
      .reverse();
  await expect.poll(async () => (await events()).filter(({ clip }) => clip !== undefined).length).toBe(calls.length);
  child.kill("SIGTERM");
  const [code] = await once(child, "exit");
  expect(code).toBe(0);

  const found = await events();
  expect(found).toHaveLength(calls.length);
  expect(keys().size).toBe(calls.length);
  for (const [at, { from, frames }] of calls.entries()) {
    const { id, utc, end, uncertainty, phase, clip, clipUtc, clipSeconds, picture } = found[at] as Event;
    const truth = epoch + 2 + secondsOf(from);
    expect(Math.abs(Date.parse(utc) / 1000 - truth)).toBeLessThanOrEqual(uncertainty);
    expect(Date.parse(utc) / 1000).toBeLessThan(truth + secondsOf(frames));
    expect(phase).toBe("end");
    expect(keys()).toContain(`${id}.hook`);
    const sound = decode([readFileSync(join(folder, "watch/clips", clip))]);
    expect(sound.samples.length / (sound.info?.rate ?? 0)).toBeCloseTo(clipSeconds, 3);
    expect(Date.parse(clipUtc)).toBeLessThanOrEqual(Date.parse(utc));
    expect(clipSeconds).toBeGreaterThan((Date.parse(end) - Date.parse(utc)) / 1000);
    expect([...readFileSync(join(folder, "watch/clips", picture)).subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
  }
  const bodies = receiver.taken.map(({ body }) => JSON.parse(body));
  expect(bodies[0]).toMatchObject({
    type: "event",
    title: "call at lab",
    events: [{ hydrophone: { latitude: 48.5 } }],
  });
  expect(receiver.refused.length).toBeGreaterThan(0);
  expect(said).not.toContain("a secret that is in no log");
  expect(said).toMatch(/hook: event delivered/);
});
