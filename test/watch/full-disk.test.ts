import { expect, onTestFinished, test } from "vitest";
import type { Sql } from "../../src/collection/index.ts";
import { NodeSqlite } from "../../src/collection/sqlite.node.ts";
import { OrcaError } from "../../src/errors.ts";
import { type Clock, realClock } from "../../src/live/index.ts";
import { nodeRuntime } from "../../src/runtime.node.ts";
import { type ClipShelf, Watch, watchConfig } from "../../src/watch/index.ts";
import { fakeNode } from "../live/support/fake-node.ts";
import { seededFolder } from "../support/test-models.ts";
import { framesWith, secondsOf, segmentsOf } from "./support/planted.ts";
import { foundAt, NOON } from "./support/stores.ts";

/** Frames of a segment: a second. */
const EACH = 47;

/** A database whose disk may be full. */
class Disk implements Sql {
  full = false;
  readonly #sql: NodeSqlite;

  constructor(sql: NodeSqlite) {
    this.#sql = sql;
  }

  run(...input: Parameters<Sql["run"]>): void {
    if (this.full && /^\s*(INSERT|UPDATE|DELETE)/.test(input[0]))
      throw new OrcaError("unwritable", "The disk is full.");
    this.#sql.run(...input);
  }
  first(...input: Parameters<Sql["first"]>) {
    return this.#sql.first(...input);
  }
  rows(...input: Parameters<Sql["rows"]>) {
    return this.#sql.rows(...input);
  }
  transaction<T>(work: () => T): T {
    return this.#sql.transaction(work);
  }
}

test("on a full disk it is said that nothing is written down; with room again nothing is lost, and nothing told twice", async () => {
  const memory = await NodeSqlite.open(":memory:", true);
  const disk = new Disk(memory);
  const epoch = Math.floor(Date.now() / 1000) - 30;
  const node = await fakeNode(epoch);
  const segments = segmentsOf(framesWith(12 * EACH, []), EACH);
  node.add(...segments.splice(0, 2));
  // What is waited for comes soon.
  const clock: Clock = { now: realClock.now, sleep: (ms, signal) => realClock.sleep(Math.min(ms, 50), signal) };
  const [said, told, deleted]: [string[], string[], string[]] = [[], [], []];
  const shelf: ClipShelf = {
    put: async () => undefined,
    get: async () => undefined,
    delete: async (name) => void deleted.push(name),
  };
  const lab = { node: node.url, variant: "int8", detect: "yamnet:0>0" };
  const deliveries = { hook: { kind: "webhook", to: "https://example.org/" } };
  const watch = new Watch(watchConfig(JSON.stringify({ hydrophones: { lab }, deliveries }), "watch.json"), disk, {
    runtime: await nodeRuntime(seededFolder),
    clock,
    shelf,
    paint: () => async () => undefined,
    head: async () => Promise.reject(new Error("no head")),
    labelling: undefined,
    post: async ({ headers }) => {
      told.push(headers["webhook-id"] ?? "");
      // It fills up while the answer is on its way.
      disk.full ||= told.length === 1;
      return { status: 200, text: "", retryAfter: undefined };
    },
    secret: () => undefined,
    now: () => Date.now(),
    say: (line) => void said.push(line),
  });
  const old = watch.store.begin(foundAt(0), NOON);
  watch.store.extend(old.id, foundAt(0), "end");
  watch.store.keepClip(old.id, { clip: "old.flac", clipStart: NOON, clipSeconds: 1, picture: "old.png", bytes: 1 });
  const leaving = new AbortController();
  const ran = watch.run(leaving.signal);
  onTestFinished(async () => {
    leaving.abort();
    await ran;
    memory.close();
  });
  await expect.poll(() => watch.store.hydrophone("lab").state).toBe("live");
  node.add(...segments.splice(0, 2));
  await expect.poll(() => disk.full, { timeout: 10_000 }).toBe(true);
  node.add(...segments.splice(0, 5));
  const lines = () => said.join("\n");
  await expect
    .poll(lines, { timeout: 10_000 })
    .toContain("Nothing can be written down, and so nothing is told: The disk is full.");
  await expect.poll(lines).toContain("What is delivered cannot be written down: The disk is full.");
  await expect.poll(() => deleted).toEqual(expect.arrayContaining(["old.flac", "old.png"]));
  const heard = watch.store.hydrophone("lab").heard as number;

  disk.full = false;
  node.add(...segments);
  const end = 1000 * (epoch + 2 + secondsOf(12 * EACH));
  await expect.poll(() => watch.store.hydrophone("lab").heard, { timeout: 10_000 }).toBeGreaterThan(end - 3000);
  expect(heard).toBeLessThan(end - 5000);
  expect([...watch.store.gaps("lab")]).toEqual([]);
  const found = [...watch.store.events({ hydrophone: "lab", from: NOON + 10_000 }, 100)];
  expect(found.length).toBeGreaterThan(0);
  await expect.poll(() => [...watch.messages.list("delivered", 100)].length).toBe(found.length);
  expect(told.sort()).toEqual(found.map(({ id }) => `${id}.hook`).sort());
});
