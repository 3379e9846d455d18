import { mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import { fakeNode } from "../live/support/fake-node.ts";
import { problem } from "../support/client.ts";
import { assetsFolder } from "../support/test-models.ts";
import { writeLoudHead } from "../watch/support/loud-head.ts";
import { framesWith, secondsOf, segmentsOf } from "../watch/support/planted.ts";
import { startReceiver } from "../watch/support/receiver.ts";

/** Frames of a segment: a second. */
const EACH = 47;
const CALLS = [
  { from: 60, frames: 70 },
  { from: 800, frames: 90 },
];

interface Found {
  readonly id: string;
  readonly utc: string;
  readonly uncertainty: number;
  readonly phase: string;
  readonly clip?: string;
}

/** Tokens by their sha256, and what they are for. */
async function tokensOf(scopes: Readonly<Record<string, readonly string[]>>): Promise<string> {
  const entries = Object.entries(scopes).map(async ([token, of]) => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
    return [token, { sha256: Buffer.from(digest).toString("hex"), scopes: of }];
  });
  return JSON.stringify(Object.fromEntries(await Promise.all(entries)));
}

test("workerd watches by itself: a call is one event and one delivery; killed, it goes on where it was", async () => {
  const state = await mkdtemp(join(tmpdir(), "orca-watched-"));
  // Others serve the tests' models meanwhile, and would see a file come and go there.
  const assets = await mkdtemp(join(tmpdir(), "orca-watched-assets-"));
  await mkdir(join(assets, "models"));
  for (const file of await readdir(join(assetsFolder, "models")))
    await symlink(join(assetsFolder, "models", file), join(assets, "models", file));
  await writeLoudHead(join(assets, "models/watch-test.head.json"));
  onTestFinished(async () => {
    for (const folder of [state, assets]) await rm(folder, { recursive: true, force: true });
  });
  const epoch = Math.floor(Date.now() / 1000) - 5;
  const node = await fakeNode(epoch);
  const receiver = await startReceiver();
  const segments = segmentsOf(framesWith(24 * EACH, CALLS), EACH);
  node.add(...segments.splice(0, 1));
  const watches = {
    hydrophones: { lab: { title: "The Lab", node: node.url, variant: "int8", heads: ["watch-test.head.json"] } },
    deliveries: { hook: { kind: "webhook", to: receiver.url } },
    clips: { before: "1 s", after: "1 s" },
    "allow-private": true,
  };
  const vars = {
    ENGINE: "kernels",
    ENGINES: "kernels",
    WATCHES: JSON.stringify(watches),
    TOKENS: await tokensOf({ reader: ["read"], judge: ["read", "embed"] }),
  };
  let worker = await startPlainWorker(assets, vars, state);
  onTestFinished(() => worker.stop());
  const ask = (path: string, token: string, init: RequestInit = {}) =>
    fetch(`${worker.url}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
  const found = async () =>
    ((await (await ask("/v1/hydrophones/lab/events", "reader")).json()) as { events: Found[] }).events.reverse();
  const keys = () => receiver.taken.map(({ headers }) => headers["idempotency-key"]);

  // Once the first segment was heard, the others come.
  const stateOf = async () =>
    ((await (await ask("/v1/watch", "reader")).json()) as { hydrophones: { state: string }[] }).hydrophones[0]?.state;
  await expect.poll(stateOf, { timeout: 20_000 }).toBe("live");
  node.add(...segments.splice(0, 6));
  await expect.poll(() => keys().length, { timeout: 20_000 }).toBe(1);
  await expect.poll(async () => (await found())[0]?.clip, { timeout: 20_000 }).toBeDefined();

  process.kill(worker.pid, "SIGKILL");
  await worker.stop();
  node.add(...segments.splice(0, 12));
  worker = await startPlainWorker(assets, vars, state);
  await expect.poll(() => keys().length, { timeout: 20_000 }).toBe(2);
  node.add(...segments);
  await expect.poll(async () => (await found()).filter(({ clip }) => clip !== undefined).length).toBe(2);
  const events = await found();
  expect(keys()).toEqual(events.map(({ id }) => `${id}.hook`));
  for (const [at, { utc, uncertainty, phase }] of events.entries()) {
    expect(phase).toBe("end");
    const truth = epoch + 2 + secondsOf(CALLS[at]?.from ?? 0);
    expect(Math.abs(Date.parse(utc) / 1000 - truth)).toBeLessThanOrEqual(uncertainty);
  }

  const [first] = events as [Found];
  const sound = await ask(`/v1/hydrophones/lab/events/${first.id}/sound`, "reader");
  expect([sound.headers.get("content-type"), (await sound.text()).slice(0, 4)]).toEqual(["audio/flac", "fLaC"]);
  const judge = (token: string) =>
    ask(`/v1/hydrophones/lab/events/${first.id}/verdict`, token, {
      method: "PUT",
      body: JSON.stringify({ verdict: "rejected", by: "ann" }),
    });
  expect(await problem(await judge("reader"))).toMatchObject({ code: "forbidden" });
  expect(await (await judge("judge")).json()).toMatchObject({
    annotated: true,
    rule: { name: expect.stringMatching(/^like /) },
  });
  const annotations = await (await ask("/v1/collections/lab/annotations", "reader")).json();
  expect(annotations).toMatchObject({ annotations: [{ label: "call", kind: "negative", by: "ann" }] });

  const threshold = "/v1/hydrophones/lab/thresholds/loud/call";
  const body = JSON.stringify({ threshold: 0.9, by: "ann" });
  expect(await problem(await ask(threshold, "reader", { method: "PUT", body }))).toMatchObject({ code: "forbidden" });
  expect((await ask(threshold, "judge", { method: "PUT", body })).status).toBe(200);
  const thresholds = async () => (await ask("/v1/hydrophones/lab/thresholds", "reader")).json();
  expect(await thresholds()).toMatchObject({ thresholds: [{ class: "call", threshold: 0.9, set: { by: "ann" } }] });
  expect((await ask(threshold, "judge", { method: "DELETE" })).status).toBe(204);
  expect(await thresholds()).toMatchObject({
    thresholds: [
      { threshold: expect.any(Number), why: expect.stringMatching(/^Only .* h of its background/), rejected: 1 },
    ],
  });

  // Whoever comes back gets what was changed since: the verdict among it.
  const stream = await ask("/v1/hydrophones/lab/events", "reader", {
    headers: { accept: "text/event-stream", "last-event-id": "1" },
  });
  let text = "";
  for await (const part of stream.body as ReadableStream<Uint8Array>) {
    text += Buffer.from(part).toString();
    if (text.includes('"rejected"')) break;
  }
  expect(text).toContain(first.id);
  const metrics = await (await ask("/metrics", "reader")).text();
  expect(metrics).toContain('orca_watch_events{hydrophone="lab"} 2');
  expect(metrics).toContain("orca_requests_total");
  const page = await (await ask("/watch", "reader")).text();
  expect(page).toContain("The Lab");
  expect(page).toContain("All is well");
});
