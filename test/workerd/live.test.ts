import { afterAll, beforeAll, expect, test } from "vitest";
import { type DevWorker, startDevWorker } from "../../scripts/support/dev-worker.ts";
import { asOrcaError } from "../../src/errors.ts";
import { type AnyRecord, errorRecord, RecordReader, readRecords, type WindowRecord } from "../../src/records/index.ts";
import { FakeIcecast } from "../live/support/fake-icecast.ts";
import { FakeNode } from "../live/support/fake-node.ts";
import { adtsFrames, tsSegments } from "../live/support/segments.ts";
import { expectSameBits } from "../support/bits.ts";
import { health, problem, sleep } from "../support/client.ts";
import { assetsFolder } from "../support/test-models.ts";

const EPOCH = 1_700_000_000;
const SEGMENTS = tsSegments(12);
const [RATE, BLOCKS] = [48_000, 47 * 1024];
let node: FakeNode;
let icecast: FakeIcecast;
let worker: DevWorker;
beforeAll(async () => {
  node = await FakeNode.start(EPOCH);
  icecast = await FakeIcecast.start({ type: "audio/aac", metaint: 1009 });
  const lab = { title: "A lab", place: "Haro Strait", licence: "CC BY 4.0", node: node.url };
  const dock = { url: icecast.url.replace("http://", "http://hydro:s%C3%A9cret@") };
  worker = await startDevWorker({
    assets: assetsFolder,
    vars: { HYDROPHONES: JSON.stringify({ lab, dock }), IDLE_SECONDS: "1", MAX_STREAMS: "2" },
  });
});
afterAll(async () => {
  await worker?.stop();
  node?.stop();
  icecast?.stop();
});

const path = (query: string) => `/v1/hydrophones/lab/embeddings?${query}`;

async function quiet(): Promise<void> {
  for (let tries = 0; (await health(worker.url)).streams.active > 0 && tries < 200; tries++) await sleep(50);
}

test("hydrophones are listed, without where they publish; other names and options are refused", async () => {
  const list = (await (await fetch(`${worker.url}/v1/hydrophones`)).json()) as { hydrophones: object[] };
  expect(list.hydrophones).toEqual([
    { name: "lab", title: "A lab", place: "Haro Strait", licence: "CC BY 4.0", listeners: 0, state: "unheard" },
    { name: "dock", title: "dock", listeners: 0, state: "unheard" },
  ]);
  const refused = async (address: string) => problem(await fetch(worker.url + address));
  expect(await refused("/v1/hydrophones/sea/embeddings?model=yamnet")).toMatchObject({
    code: "not_found",
    hint: "There is: lab, dock.",
  });
  expect(await refused(path("model=yamnet&rate=48000"))).toMatchObject({ code: "bad_option", field: "rate" });
  expect(await refused(path("model=yamnet&back=0"))).toMatchObject({ code: "bad_option", field: "back" });
  expect(await refused(path("model=yamnet&audio=1"))).toMatchObject({ code: "bad_option", field: "audio" });
  expect(await refused(path("model=dolphin"))).toMatchObject({ code: "unknown_model" });
  expect(await refused(path("model=yamnet"))).toMatchObject({
    code: "live_failed",
    detail: expect.stringMatching(/live\.m3u8 is not there/),
  });
});

test("records come as the hydrophone publishes, beyond the idle time, and polling ends when the listener leaves", async () => {
  await quiet();
  node.begin(EPOCH + 100);
  node.add(...SEGMENTS.slice(0, 2));
  const leaving = new AbortController();
  const response = await fetch(worker.url + path("model=yamnet&back=2"), { signal: leaving.signal });
  expect(response.headers.get("content-type")).toBe("application/x-ndjson");
  const found: AnyRecord[] = [];
  const windows = () => found.filter((record): record is WindowRecord => record.type === "window");
  for await (const record of readRecords(response)) {
    found.push(record);
    if (windows().length === 3) {
      // The next segment comes after more than the idle time.
      await sleep(1500);
      node.add(...SEGMENTS.slice(2, 4));
      expect(await (await fetch(`${worker.url}/v1/hydrophones`)).json()).toMatchObject({
        hydrophones: [
          { listeners: 1, state: "live" },
          { listeners: 0, state: "unheard" },
        ],
      });
    }
    if (windows().length === 6) break;
  }
  leaving.abort();
  expect(found[0]).toMatchObject({
    type: "header",
    source: { container: "mpeg-ts", encoding: "aac-lc", rate: RATE },
    start: { utc: new Date((EPOCH + 102) * 1000).toISOString(), source: "folder's epoch and EXTINF" },
  });
  expect(windows().map(({ utc }) => Date.parse(utc ?? "") / 1000 - EPOCH - 102)).toEqual(
    [0, 0.48, 0.96, 1.44, 1.92, 2.4].map((seconds) => expect.closeTo(seconds, 3)),
  );
  await quiet();
  expect((await health(worker.url)).streams.active).toBe(0);
  const asked = node.answers.length;
  await sleep(2500);
  expect(node.answers.length).toBe(asked);
});

interface Heard {
  readonly records: AnyRecord[];
  readonly sound: { start: number; stretch: number; rate: number; samples: number; loudest: number }[];
}

/** Listens over a WebSocket until `enough`. @param taking  whether what comes is acknowledged */
function overSocket(
  query: string,
  enough: (heard: Heard) => boolean,
  taking = true,
): Promise<Heard & { code: number }> {
  const socket = new WebSocket(worker.url.replace("http", "ws") + path(query));
  socket.binaryType = "arraybuffer";
  const heard: Heard = { records: [], sound: [] };
  const reader = new RecordReader();
  return new Promise((resolve) => {
    socket.onclose = ({ code }) => resolve({ ...heard, code });
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === "string") heard.records.push(recordBy(reader, data));
      else {
        const view = new DataView(data);
        heard.sound.push({
          start: view.getFloat64(0, true),
          stretch: view.getUint32(8, true),
          rate: view.getUint32(12, true),
          samples: (data.byteLength - 16) / 2,
          loudest: Math.max(...new Int16Array(data, 16).map(Math.abs)),
        });
      }
      const bytes = typeof data === "string" ? data.length : data.byteLength;
      if (taking) socket.send(JSON.stringify({ type: "taken", bytes }));
      if (enough(heard)) socket.close();
    };
  });
}

/** An error record is a record here. */
function recordBy(reader: RecordReader, text: string): AnyRecord {
  try {
    return reader.read(text);
  } catch (thrown) {
    return errorRecord(asOrcaError(thrown));
  }
}

const windowsOf = ({ records }: Heard) => records.filter((record): record is WindowRecord => record.type === "window");

test("over a WebSocket the sound comes in step with its windows, with its place; a gap begins another stretch", async () => {
  await quiet();
  node.begin(EPOCH + 200);
  node.add(...SEGMENTS.slice(0, 5));
  node.instead.set(node.pathOf("live002.ts"), (_, response) => response.writeHead(404).end());
  const query = "model=yamnet&back=5&audio=1&encoding=base64";
  const heard = await overSocket(
    query,
    ({ records }) => records.filter(({ type }) => type === "header").length === 2 && records.at(-1)?.type === "window",
  );
  const gap = heard.records.findIndex(({ type }) => type === "gap");
  expect(heard.records[gap]).toMatchObject({ reason: "missing", segment: `hls/${EPOCH + 200}/live002.ts` });
  expect(heard.records[gap - 1]).toMatchObject({ type: "summary", complete: true });
  const first = heard.sound.filter(({ stretch }) => stretch === 0);
  expect(first.reduce((sum, { samples }) => sum + samples, 0)).toBe(2 * BLOCKS);
  for (const [at, { start, rate }] of first.entries()) {
    expect(rate).toBe(RATE);
    expect(start).toBeCloseTo(at / 4, 6);
  }
  expect(Math.max(...first.map(({ loudest }) => loudest))).toBeGreaterThan(100);
  expect(heard.sound.find(({ stretch }) => stretch === 1)?.start).toBe(0);
  node.instead.clear();
  // Both ways say the same.
  const text: AnyRecord[] = [];
  const leaving = new AbortController();
  for await (const record of readRecords(
    await fetch(worker.url + path("model=yamnet&back=5&encoding=base64"), { signal: leaving.signal }),
  )) {
    text.push(record);
    if (text.length === 3) break;
  }
  leaving.abort();
  expectSameBits((text[1] as WindowRecord).embedding, (windowsOf(heard)[0] as WindowRecord).embedding);
});

test("what is wrong comes as a record, and listeners count against MAX_STREAMS", async () => {
  await quiet();
  const wrong = await overSocket("model=dolphin", () => false);
  expect(wrong.records).toMatchObject([{ type: "error", code: "unknown_model" }]);
  const [a, b] = [new AbortController(), new AbortController()];
  await Promise.all([a, b].map(({ signal }) => fetch(worker.url + path("model=yamnet"), { signal })));
  expect((await overSocket("model=yamnet", () => false)).records).toMatchObject([{ type: "error", code: "busy" }]);
  expect((await fetch(worker.url + path("model=yamnet"))).status).toBe(503);
  a.abort();
  b.abort();
  await quiet();
  expect((await health(worker.url)).streams.active).toBe(0);
});

test("sound without an end is followed in workerd, with user and password, and let go when the listener leaves", async () => {
  await quiet();
  // Ten seconds, at once.
  icecast.send(adtsFrames(Math.round((10 * RATE) / 1024)));
  const leaving = new AbortController();
  const response = await fetch(`${worker.url}/v1/hydrophones/dock/embeddings?model=yamnet`, { signal: leaving.signal });
  const found: AnyRecord[] = [];
  for await (const record of readRecords(response)) {
    found.push(record);
    if (found.length === 5) break;
  }
  leaving.abort();
  expect(found[0]).toMatchObject({
    type: "header",
    source: { container: "adts", encoding: "aac-lc", rate: RATE },
    start: { source: "arrival", uncertainty: 10 },
  });
  expect(found.slice(1).map(({ type }) => type)).toEqual(["window", "window", "window", "window"]);
  const authorization = `Basic ${Buffer.from("hydro:sécret").toString("base64")}`;
  expect(new Set(icecast.requests.map((headers) => headers.authorization))).toEqual(new Set([authorization]));
  await expect.poll(() => icecast.listeners).toBe(0);
  await quiet();
  expect((await health(worker.url)).streams.active).toBe(0);
});
