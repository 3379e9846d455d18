import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlainWorker, startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import type { WindowRecord } from "../../src/records/index.ts";
import { expectSameBits } from "../support/bits.ts";
import { embedded, health } from "../support/client.ts";
import { sceneWav } from "../support/recordings.ts";
import { recordsOf } from "../support/records.ts";
import { assetsFolder } from "../support/test-models.ts";

let worker: PlainWorker;
beforeAll(async () => {
  worker = await startPlainWorker(assetsFolder, { ENGINE: "kernels" });
});
afterAll(() => worker?.stop());

const STEP = 100_000;

interface Heard {
  readonly lines: readonly string[];
  readonly acknowledged: number;
}

/**
 * Sends `bytes` a step at a time, each when the one before was taken.
 *
 * @param heldBack  the second half is sent when the first window has come: where none comes before the end, this hangs
 */
function overSocket(query: string, bytes: Uint8Array<ArrayBuffer>, heldBack = false): Promise<Heard> {
  const socket = new WebSocket(`${worker.url.replace("http", "ws")}/v1/embeddings?${query}`);
  const lines: string[] = [];
  let [sent, acknowledged, windows, waits] = [0, 0, 0, false];
  const more = () => {
    waits = heldBack && windows === 0 && sent >= bytes.length / 2;
    if (waits) return;
    if (sent >= bytes.length) return socket.send("end");
    socket.send(bytes.slice(sent, sent + STEP));
    sent = Math.min(bytes.length, sent + STEP);
  };
  return new Promise((resolve, reject) => {
    socket.onopen = more;
    socket.onerror = () => reject(new Error("the socket failed"));
    socket.onclose = () => resolve({ lines, acknowledged });
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      const record = JSON.parse(data) as { type: string; bytes: number };
      if (record.type === "taken") {
        acknowledged += record.bytes;
        more();
        return;
      }
      lines.push(data);
      if (record.type === "window" && ++windows === 1 && waits) more();
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "taken", bytes: data.length }));
    };
  });
}

test("the records of a WebSocket are those of POST, and come while the recording is being sent", async () => {
  const wav = sceneWav(8);
  const query = "model=yamnet&include=scores,spectrogram&encoding=base64";
  const posted = await embedded(worker.url, wav, { query });
  const heard = await overSocket(query, wav, true);
  const [header, ...windows] = await recordsOf(heard.lines.map((line) => `${line}\n`));
  expect(windows.pop()).toEqual(posted.summary);
  expect(header).toEqual(posted.header);
  expect(windows.length).toBe(posted.windows.length);
  for (const [at, expected] of posted.windows.entries()) {
    const window = windows[at] as WindowRecord;
    expect([window.start, window.end]).toEqual([expected.start, expected.end]);
    expectSameBits(window.spectrogram as Float32Array, expected.spectrogram as Float32Array);
    // Windows come in other batches, whose products are summed in another order.
    const apart = window.embedding.map((value, dimension) => Math.abs(value - (expected.embedding[dimension] ?? 0)));
    expect(Math.max(...apart)).toBeLessThan(1e-4);
  }
  expect(heard.acknowledged).toBe(wav.length);
  expect((await health(worker.url)).streams.active).toBe(0);
});

test("what is wrong comes as the error record", async () => {
  const text = new TextEncoder().encode("This is not a recording.");
  const notAudio = await overSocket("model=yamnet", text);
  expect(notAudio.lines.map((line) => JSON.parse(line))).toMatchObject([
    { type: "error", code: "not_audio", byteOffset: 0 },
  ]);
  const { lines } = await overSocket("model=blue", text);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ type: "error", code: "unknown_model" });
});

test("a client that leaves ends its stream", async () => {
  const socket = new WebSocket(`${worker.url.replace("http", "ws")}/v1/embeddings?model=yamnet`);
  await new Promise((resolve) => {
    socket.onopen = resolve;
  });
  socket.send(sceneWav(2));
  await expect.poll(async () => (await health(worker.url)).streams.active).toBe(1);
  socket.close();
  await expect.poll(async () => (await health(worker.url)).streams.active).toBe(0);
});

test("GET without an upgrade is told to POST", async () => {
  const response = await fetch(`${worker.url}/v1/embeddings`);
  expect(response.status).toBe(405);
  expect(response.headers.get("allow")).toBe("POST");
});
