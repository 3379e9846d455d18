import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlainWorker, startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import { AUDIO_HEADER } from "../../src/http/live/audio-messages.ts";
import type { LiveRecord, WindowRecord } from "../../src/records/index.ts";
import { expectSameBits } from "../support/bits.ts";
import { health, problem } from "../support/client.ts";
import { listenTo, PUSHED_RATE, startSender } from "../support/push.ts";
import { assetsFolder } from "../support/test-models.ts";

const TOKEN = "token-of-the-dock";
let worker: PlainWorker;
let state = "";
beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), "orca-pushed-"));
  process.env.PUSH_TEST_TOKEN = TOKEN;
  const dock = {
    title: "The dock",
    push: { token: { env: "PUSH_TEST_TOKEN" } },
    variant: "int8",
    detect: "yamnet:0>0.5",
  };
  // Who sends sound, and who listens to it, is no stream of the isolate's.
  const vars = { ENGINE: "kernels", MAX_STREAMS: "1", WATCHES: JSON.stringify({ hydrophones: { dock } }) };
  worker = await startPlainWorker(assetsFolder, vars, state);
});
afterAll(async () => {
  await worker?.stop();
  await rm(state, { recursive: true, force: true });
});

const SOUND = "/v1/hydrophones/dock/sound";
const QUERY = "model=yamnet&variant=int8";
const windowsOf = (records: readonly LiveRecord[]) =>
  records.filter((record): record is WindowRecord => record.type === "window");

async function listed(): Promise<object[]> {
  return ((await (await fetch(`${worker.url}/v1/hydrophones`)).json()) as { hydrophones: object[] }).hydrophones;
}

/** A listener over a WebSocket, with sound: records, and seconds of sound by stretch. */
function overSocket(enough: number): Promise<{ windows: WindowRecord[]; sound: Map<number, number> }> {
  const socket = new WebSocket(`${worker.url.replace("http", "ws")}/v1/hydrophones/dock/embeddings?${QUERY}&audio=1`);
  socket.binaryType = "arraybuffer";
  const [windows, sound] = [[] as WindowRecord[], new Map<number, number>()];
  return new Promise((resolve, reject) => {
    socket.onerror = () => reject(new Error("the socket failed"));
    socket.onclose = () => reject(new Error("the socket was closed"));
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      const bytes = typeof data === "string" ? data.length : data.byteLength;
      socket.send(JSON.stringify({ type: "taken", bytes }));
      if (typeof data === "string") {
        const record = JSON.parse(data) as LiveRecord;
        if (record.type === "window") windows.push(record);
      } else {
        const view = new DataView(data);
        const end = view.getFloat64(0, true) + (bytes - AUDIO_HEADER) / 2 / view.getUint32(12, true);
        sound.set(view.getUint32(8, true), end);
      }
      if (windows.length < enough) return;
      resolve({ windows, sound });
      socket.close();
    };
  });
}

test.each(["http", "ws"])(
  "sound pushed by %s is watched and listened to, with one net for all who listen",
  async (scheme) => {
    const sender = startSender(worker.url.replace("http", scheme) + SOUND, TOKEN);
    const enough = (records: readonly LiveRecord[]) => windowsOf(records).length === 6;
    const [text, again, socket] = await Promise.all([
      listenTo(`${worker.url}/v1/hydrophones/dock/embeddings?${QUERY}`, enough),
      listenTo(`${worker.url}/v1/hydrophones/dock/embeddings?${QUERY}&include=scores`, enough),
      overSocket(6),
    ]);
    for (const records of [text, again]) {
      expect(records.find(({ type }) => type === "header")).toMatchObject({
        source: { rate: PUSHED_RATE },
        start: { source: expect.stringMatching(/^(sender's clock|arrival)$/), uncertainty: expect.any(Number) },
      });
      expect(windowsOf(records).map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
      expect(windowsOf(records)[0]).toMatchObject({ start: 0, end: 0.96 });
    }
    // Of the same moment all have the same numbers: the net ran once.
    const byTime = new Map(windowsOf(again).map((window) => [window.utc, window]));
    const shared = windowsOf(text).filter(({ utc }) => byTime.has(utc));
    expect(shared.length).toBeGreaterThan(0);
    for (const { utc, embedding, scores } of shared) {
      const other = byTime.get(utc) as WindowRecord;
      expectSameBits(embedding, other.embedding);
      expect([scores, other.scores?.length]).toEqual([undefined, 521]);
    }
    expect(socket.windows.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    // A quarter of a second at a time.
    expect(socket.sound.get(0)).toBeGreaterThan((socket.windows[5] as WindowRecord).end - 0.25);
    expect((await health(worker.url)).streams.served).toBe(0);
    await sender.stop();
    await expect.poll(async () => (await listed())[0]).toMatchObject({ state: "waiting" });
  },
);

test("one sender, with its token, of what it says; it comes back behind a gap with a name", async () => {
  const post = (query: string, token = TOKEN, body: Uint8Array<ArrayBuffer> = new Uint8Array(3200)) =>
    fetch(`${worker.url}${SOUND}?${query}`, { method: "POST", headers: { authorization: `Bearer ${token}` }, body });
  expect(await problem(await post("rate=16000&channels=1", "another"))).toMatchObject({ code: "unauthorized" });
  expect(await problem(await post("rate=16000&channels=0"))).toMatchObject({ code: "bad_option", field: "channels" });
  expect(await problem(await post("rate=16000&channels=1&bits=24"))).toMatchObject({ detail: "bits= is not known." });
  const wav = new TextEncoder().encode("RIFF0000WAVE");
  expect(await problem(await post("rate=16000&channels=1", TOKEN, wav))).toMatchObject({
    detail: "It said samples, and sends WAV.",
  });
  expect(await problem(await fetch(`${worker.url}/v1/hydrophones/sea/sound`, { method: "POST" }))).toMatchObject({
    code: "not_found",
  });
  for (const scheme of ["http", "ws"]) {
    const stranger = startSender(worker.url.replace("http", scheme) + SOUND, "another");
    await expect(stranger.ended).rejects.toMatchObject({ message: "The token is not this hydrophone's." });
  }

  const first = startSender(worker.url.replace("http", "ws") + SOUND, TOKEN);
  const begun = (records: readonly LiveRecord[]) => records.filter(({ type }) => type === "header").length;
  const listening = listenTo(
    `${worker.url}/v1/hydrophones/dock/embeddings?${QUERY}`,
    (records) => begun(records) === 2,
  );
  await expect.poll(() => first.said.length, { timeout: 10_000 }).toBe(1);
  expect(await listed()).toMatchObject([{ name: "dock", title: "The dock", listeners: 1, state: "live" }]);
  expect(await problem(await post("rate=16000&channels=1"))).toMatchObject({
    code: "busy",
    detail: "Somebody else sends the sound of this hydrophone.",
  });
  await first.stop();
  const second = startSender(worker.url + SOUND, TOKEN);
  const records = await listening;
  const kinds = records.map(({ type }) => type).filter((type) => type !== "window");
  expect(kinds.slice(kinds.indexOf("header"))).toEqual(["header", "summary", "waiting", "gap", "header"]);
  expect(records.findLast(({ type }) => type === "gap")).toMatchObject({
    ...{ reason: "disconnected", message: "The sender was away: it ended." },
    seconds: expect.any(Number),
  });
  await second.stop();
});
