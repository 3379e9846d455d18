import { describe, expect, onTestFinished, test } from "vitest";
import { NodeSqlite } from "../../src/collection/sqlite.node.ts";
import { eventsAnswer, statusPage, watchMetrics, watchStatus } from "../../src/http/events/index.ts";
import { joinBytes } from "../../src/join.ts";
import { realClock } from "../../src/live/index.ts";
import { nodeRuntime } from "../../src/runtime.node.ts";
import { type ClipShelf, Watch, watchConfig } from "../../src/watch/index.ts";
import { seededFolder } from "../support/test-models.ts";
import { framesWith } from "../watch/support/planted.ts";
import { foundAt, NOON } from "../watch/support/stores.ts";

/** A watch that does not run, with three events of a hydrophone. */
async function watchWithEvents() {
  const sql = await NodeSqlite.open(":memory:", true);
  onTestFinished(() => sql.close());
  const lab = { title: "The Lab", url: "https://example.org/live.m3u8", detect: "yamnet:0>0.5", variant: "int8" };
  const files = new Map<string, Uint8Array>();
  const shelf: ClipShelf = {
    put: async (name, bytes) => void files.set(name, bytes),
    get: async (name) => files.get(name),
    delete: async (name) => void files.delete(name),
  };
  const labelled: string[] = [];
  const watch = new Watch(watchConfig(JSON.stringify({ hydrophones: { lab } }), "watch.json"), sql, {
    runtime: await nodeRuntime(seededFolder),
    clock: realClock,
    shelf,
    paint: () => async () => undefined,
    head: async () => Promise.reject(new Error("no head")),
    labelling: async ({ id }, { verdict }, records) => void labelled.push(`${id} ${verdict} ${records.length}`),
    post: async () => Promise.reject(new Error("no network")),
    secret: () => undefined,
    now: () => NOON,
    say: () => undefined,
  });
  const ids = [0, 10, 20].map((at) => watch.store.begin(foundAt(at, { class: at === 10 ? "ship" : "call" }), NOON).id);
  const ask = (path: string, init: RequestInit = {}) => {
    const url = new URL(`http://127.0.0.1/v1/hydrophones${path}`);
    const parts = url.pathname.split("/").slice(3).map(decodeURIComponent);
    return eventsAnswer(new Request(url, init), parts, watch);
  };
  const json = async (path: string, init: RequestInit = {}) => (await ask(path, init)).json();
  return { watch, ids: ids as [string, string, string], ask, json, files, labelled };
}

test("hydrophones and how they do", async () => {
  const { watch, json } = await watchWithEvents();
  watch.store.keepState("lab", "waiting", "It is away.", NOON);
  expect(await json("")).toEqual({
    hydrophones: [
      { name: "lab", title: "The Lab", state: "waiting", message: "It is away.", since: "2026-11-28T12:00:00.000Z" },
    ],
  });
});

test("how it does, for programs and as a page: delay, troubles, gaps, events of the day, what did not arrive", async () => {
  const { watch, ids } = await watchWithEvents();
  const { store, troubles } = watch;
  store.keepState("lab", "live", undefined, NOON - 60_000);
  store.keepPlace("lab", undefined, NOON - 12_000);
  store.gap({ hydrophone: "lab", utc: NOON - 90_000, seconds: 30, reason: "missing", message: "<b>gone</b>" }, NOON);
  store.begin(foundAt(-86_400), NOON);
  const { number } = troubles.begin("lab", "silent", "All that comes is silence.", NOON - 300_000);
  const [lab] = watchStatus(watch, NOON).hydrophones;
  expect(lab).toMatchObject({
    ...{ name: "lab", state: "live", heard: "2026-11-28T11:59:48.000Z", behindSeconds: 12, eventsToday: 3 },
    classesToday: [
      { class: "call", count: 2 },
      { class: "ship", count: 1 },
    ],
    troubles: [{ kind: "silent", since: "2026-11-28T11:55:00.000Z" }],
    gaps: [{ seconds: 30, utc: "2026-11-28T11:58:30.000Z" }],
  });
  expect(lab?.events[0]?.id).toBe(ids[2]);
  const page = async () => (await statusPage(watchStatus(watch, NOON))).text();
  expect(await page()).toContain("Something is wrong with The Lab.");
  expect(await page()).toContain("&lt;b&gt;gone");
  troubles.end(number, NOON);
  expect(await page()).toContain("All is well with the hydrophone.");
});

test("metrics: how far behind, what is kept", async () => {
  const { watch } = await watchWithEvents();
  watch.store.keepPlace("lab", undefined, NOON - 12_000);
  watch.store.keepState("lab", "live", undefined, NOON);
  const lines = (await watchMetrics(watch, NOON).text()).split("\n").filter((line) => !line.startsWith("#"));
  expect(lines).toEqual([
    'orca_watch_behind_seconds{hydrophone="lab"} 12',
    'orca_watch_live{hydrophone="lab"} 1',
    'orca_watch_events{hydrophone="lab"} 3',
    'orca_watch_gaps{hydrophone="lab"} 0',
    "",
  ]);
});

describe("events of a hydrophone", () => {
  test("come the newest first, in pages that lose none, by class and by time", async () => {
    const { json, ids } = await watchWithEvents();
    const idsOf = ({ events }: { events: { id: string }[] }) => events.map(({ id }) => id);
    const first = await json("/lab/events?limit=2");
    expect(idsOf(first)).toEqual([ids[2], ids[1]]);
    const second = await json(`/lab/events?limit=2&before=${first.next}`);
    expect(idsOf(second)).toEqual([ids[0]]);
    expect(second.next).toBeUndefined();
    expect(idsOf(await json("/lab/events?class=ship"))).toEqual([ids[1]]);
    expect(idsOf(await json("/lab/events?from=2026-11-28T12:00:05Z&to=2026-11-28T12:00:15Z"))).toEqual([ids[1]]);
  });

  test.each([
    ["/sea/events", "not_found"],
    ["/lab/events/none", "not_found"],
    ["/lab/events?limit=0", "bad_option"],
    ["/lab/events?from=yesterday", "bad_option"],
    ["/lab/events?clas=ship", "bad_option"],
  ])("%s is refused: %s", async (path, code) => {
    const { ask } = await watchWithEvents();
    await expect(ask(path)).rejects.toMatchObject({ code });
  });

  test("as a stream: what was changed since the last id, each as it is by now, and then what comes", async () => {
    const { watch, ask, ids } = await watchWithEvents();
    const leaving = new AbortController();
    const last = watch.store.event(ids[0])?.revision as number;
    watch.store.extend(ids[1], foundAt(10, { class: "ship" }), "end");
    const headers = { accept: "text/event-stream", "last-event-id": String(last) };
    const answer = await ask("/lab/events", { headers, signal: leaving.signal });
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    let text = "";
    const seen = () =>
      [...text.matchAll(/^id: (\d+)\nevent: event\ndata: (.*)$/gm)].map(([, id = "", data = ""]) => {
        const { id: event, phase } = JSON.parse(data);
        return `${id} ${ids.indexOf(event)} ${phase}`;
      });
    const readTo = async (count: number) => {
      while (seen().length < count) text += new TextDecoder().decode((await reader.read()).value);
      return seen();
    };
    expect(await readTo(2)).toEqual(["3 2 begin", "4 1 end"]);
    watch.store.extend(ids[2], foundAt(20), "end");
    watch.changes.tell();
    expect(await readTo(3)).toEqual(["3 2 begin", "4 1 end", "5 2 end"]);
    leaving.abort();
    while (!(await reader.read()).done);
  });

  test("their sound; without one, why not", async () => {
    const { watch, ask, ids, files } = await watchWithEvents();
    watch.store.clipless(ids[0], "The disk is almost full.");
    await expect(ask(`/lab/events/${ids[0]}/sound`)).rejects.toThrow("The disk is almost full.");
    files.set("a.flac", Uint8Array.of(1, 2));
    watch.store.keepClip(ids[1], { clip: "a.flac", clipStart: NOON, clipSeconds: 1, picture: undefined, bytes: 2 });
    const answer = await ask(`/lab/events/${ids[1]}/sound`);
    expect([answer.headers.get("content-type"), new Uint8Array(await answer.arrayBuffer())]).toEqual([
      "audio/flac",
      Uint8Array.of(1, 2),
    ]);
  });
});

describe("what a person says", () => {
  const say = (body: object) => ({ method: "PUT", body: JSON.stringify(body) });

  test("is kept, labels the event's sound, and what is rejected makes a rule that can be undone", async () => {
    const { watch, ask, json, ids, files, labelled } = await watchWithEvents();
    // Four seconds of noise from the first second on; the event is the noise.
    files.set("a.aac", joinBytes(framesWith(280, [{ from: 47, frames: 188 }])));
    const kept = { clip: "a.aac", clipStart: NOON - 1000, clipSeconds: 6, picture: undefined, bytes: 2 };
    watch.store.extend(ids[0], foundAt(0, { end: NOON + 4000 }), "end");
    watch.store.keepClip(ids[0], kept);
    const judged = await json(`/lab/events/${ids[0]}/verdict`, say({ verdict: "rejected", by: "ann" }));
    expect(judged).toMatchObject({
      annotated: true,
      event: { verdict: { verdict: "rejected", by: "ann", at: "2026-11-28T12:00:00.000Z" } },
      rule: { name: `like ${ids[0].slice(0, 8)}` },
    });
    expect(labelled).toHaveLength(1);
    const { suppressions } = await json("/lab/suppressions");
    expect(suppressions).toMatchObject([{ name: judged.rule.name, event: ids[0], model: "yamnet/int8" }]);
    const path = `/lab/suppressions/${encodeURIComponent(judged.rule.name)}`;
    expect((await ask(path, { method: "DELETE" })).status).toBe(204);
    await expect(ask(path, { method: "DELETE" })).rejects.toMatchObject({ code: "not_found" });
    expect((await json("/lab/suppressions")).suppressions[0].undone).toBe("2026-11-28T12:00:00.000Z");
  });

  test("of an event without sound is kept, and why nothing was learned is said", async () => {
    const { watch, json, ids } = await watchWithEvents();
    watch.store.clipless(ids[0], "The disk is almost full.");
    const judged = await json(`/lab/events/${ids[0]}/verdict`, say({ verdict: "named", label: "ship", by: "ann" }));
    expect(judged).toMatchObject({ annotated: "The disk is almost full.", event: { verdict: { label: "ship" } } });
  });

  test.each([
    "{",
    '{"verdict": "maybe", "by": "ann"}',
    '{"verdict": "named", "by": "ann"}',
    '{"verdict": "rejected"}',
    '{"verdict": "rejected", "label": "ship", "by": "ann"}',
  ])("%s is refused", async (body) => {
    const { ask, ids } = await watchWithEvents();
    await expect(ask(`/lab/events/${ids[0]}/verdict`, { method: "PUT", body })).rejects.toMatchObject({
      code: "bad_option",
    });
  });
});

test("thresholds: what a week suggests is shown and not set; what cannot be set is refused", async () => {
  const { watch, ask, json } = await watchWithEvents();
  const [{ class: name }] = ((await json("/lab/thresholds")) as { thresholds: [{ class: string }] }).thresholds;
  const counts = new Float64Array(80);
  counts[10] = (2 * 86_400) / 0.48;
  const of = { hydrophone: "lab", head: "yamnet", class: name };
  watch.background.add({ ...of, made: "yamnet/int8/", counts }, Math.floor(NOON / 86_400_000));
  const { thresholds } = (await json("/lab/thresholds?false-alarms=2")) as { thresholds: object[] };
  expect(thresholds).toMatchObject([{ head: "yamnet", threshold: 0.5, days: 2, suggested: expect.any(Number) }]);
  expect(thresholds[0]).not.toHaveProperty("set");
  await expect(ask("/lab/thresholds?false-alarms=0")).rejects.toMatchObject({ field: "false-alarms" });
  const put = (path: string, threshold: number) =>
    ask(`/lab/thresholds/${path}`, { method: "PUT", body: JSON.stringify({ threshold, by: "ann" }) });
  await expect(put(`yamnet/${name}`, 0.9)).rejects.toMatchObject({
    code: "bad_option",
    hint: "The score in detect is its threshold: change it there.",
  });
  await expect(put("orca/orca", 0.9)).rejects.toMatchObject({ code: "not_found" });
  await expect(ask("/lab/thresholds/orca/orca", { method: "DELETE" })).rejects.toMatchObject({ code: "not_found" });
  await expect(ask("/lab/thresholds/orca")).rejects.toMatchObject({ code: "not_found" });
});
