import { expect, onTestFinished, test } from "vitest";
import { NodeSqlite } from "../../src/collection/sqlite.node.ts";
import { extract } from "../../src/extract.ts";
import { type Head, parseHead } from "../../src/heads/index.ts";
import { type Clock, realClock } from "../../src/live/index.ts";
import { nodeRuntime } from "../../src/runtime.node.ts";
import { type ClipShelf, Watch, watchConfig } from "../../src/watch/index.ts";
import { seededFolder } from "../support/test-models.ts";

const RATE = 16_000;
type Sound = (at: number) => number;
/** A squeak of a buoy's chain, one tone; a call, which sweeps; both at once. */
const squeak: Sound = (at) => 0.3 * Math.sin((2 * Math.PI * 3000 * at) / RATE);
const call: Sound = (at) => 0.3 * Math.sin(2 * Math.PI * (600 * (at / RATE) + 90 * Math.sin((12 * at) / RATE)));
const quiet: Sound = (at) => 1e-4 * Math.sin(at * at);
const both: Sound = (at) => squeak(at) + call(at);

const seconds = (count: number, sound: Sound) =>
  Float32Array.from({ length: Math.round(count * RATE) }, (_, at) => sound(at));
const bytesOf = (samples: Float32Array) =>
  new Uint8Array(Int16Array.from(samples, (value) => Math.round(32767 * value)).buffer);

/** A head that takes squeaks and calls for calls, and silence for none, by the embeddings of the seeded net. */
async function headOf(runtime: Awaited<ReturnType<typeof nodeRuntime>>): Promise<Head> {
  const dims = 1024;
  const examples: { x: Float32Array; wanted: number }[] = [];
  for (const sound of [squeak, call, both, quiet]) {
    const wanted = sound === quiet ? -8 : 8;
    const samples = Float32Array.from(seconds(3, sound), (value) => Math.round(32767 * value) / 32768);
    const given = { samples, rate: RATE };
    const { embeddings } = await extract(given, "yamnet", { runtime, variant: "int8" }).result();
    // The last window is padded.
    for (let row = 0; row < 5; row++) examples.push({ x: embeddings.slice(row * dims, (row + 1) * dims), wanted });
  }
  const weights = new Float32Array(dims);
  let bias = 0;
  const logit = (x: Float32Array) => x.reduce((sum, value, d) => sum + value * (weights[d] as number), bias);
  for (let round = 0; round < 300; round++)
    for (const { x, wanted } of examples) {
      const step = (wanted - logit(x)) / x.reduce((sum, value) => sum + value * value, 1);
      for (const [d, value] of x.entries()) weights[d] = (weights[d] as number) + step * value;
      bias += step;
    }
  const base64 = (values: Float32Array) => Buffer.from(values.buffer).toString("base64");
  const file = {
    ...{ format: "orca-head 1", id: "loud", model: { id: "yamnet", dimensions: dims }, classes: [{ name: "call" }] },
    ...{ weights: base64(weights), bias: base64(Float32Array.of(bias)), events: { on: 0.5, off: 0.3, gap: 0.5 } },
  };
  return parseHead(JSON.stringify(file), "loud.head.json");
}

test("a squeak that comes again and again is marked once and told no more; a call that overlaps one still comes", async () => {
  const runtime = await nodeRuntime(seededFolder);
  const head = await headOf(runtime);
  const sql = await NodeSqlite.open(":memory:", true);
  const files = new Map<string, Uint8Array>();
  const shelf: ClipShelf = {
    put: async (name, bytes) => void files.set(name, bytes),
    get: async (name) => files.get(name),
    delete: async (name) => void files.delete(name),
  };
  const told: string[] = [];
  const config = {
    hydrophones: { lab: { push: { token: { env: "T" } }, variant: "int8", heads: ["loud"] } },
    deliveries: { hook: { kind: "webhook", to: "https://example.org/" } },
    clips: { before: "1 s", after: "1 s", pictures: false },
  };
  /** Seconds of sound that were sent: time goes by as it is made. */
  let played = 0;
  const clock: Clock = { now: () => Date.now() + 1000 * played, sleep: realClock.sleep };
  const watch = new Watch(watchConfig(JSON.stringify(config), "watch.json"), sql, {
    ...{ runtime, clock, shelf, labelling: undefined },
    paint: () => async () => undefined,
    head: async () => ({ head, sha256: "00" }),
    post: async ({ body = "" }) => {
      told.push(...JSON.parse(body).events.map(({ id }: { id: string }) => id));
      return { status: 200, text: "", retryAfter: undefined };
    },
    secret: () => "secret",
    now: () => Date.now(),
    say: () => undefined,
  });
  const leaving = new AbortController();
  const ran = watch.run(leaving.signal);
  onTestFinished(async () => {
    leaving.abort();
    await ran;
    sql.close();
  });
  await expect.poll(() => watch.store.hydrophone("lab").state).toBe("waiting");
  const sending = watch.pushed("lab").begin({ rate: RATE, channels: 1 });
  const events = () => [...watch.store.events({}, 100)].reverse();
  /** A sound between silence. @returns its event, once it is over and its sound is kept */
  const play = async (sound: Sound) => {
    const before = events().length;
    for (const part of [seconds(2, quiet), seconds(3, sound), seconds(4, quiet)]) {
      played += part.length / RATE;
      await sending.push(bytesOf(part));
    }
    await expect
      .poll(() => events().filter(({ clip }) => clip !== undefined).length, { timeout: 5000 })
      .toBe(before + 1);
    return events()[before]?.id ?? "";
  };
  const first = await play(squeak);
  await expect.poll(() => told).toEqual([first]);
  const { rule } = await watch.judge(first, { verdict: "rejected", label: undefined, by: "ann", at: Date.now() });
  expect(rule).toEqual({ name: `like ${first.slice(0, 8)}` });
  const second = await play(squeak);
  const third = await play(both);
  const fourth = await play(call);
  await expect.poll(() => told).toEqual([first, third, fourth]);
  expect(watch.store.event(second)?.suppressed).toBe(`like ${first.slice(0, 8)}`);
  // Undone, it is told again.
  watch.suppressions.undo("lab", `like ${first.slice(0, 8)}`, Date.now());
  const fifth = await play(squeak);
  await expect.poll(() => told).toEqual([first, third, fourth, fifth]);
});
