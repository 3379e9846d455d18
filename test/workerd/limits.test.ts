import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PlainWorker, startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import { embedded, health, post, problem, sleep } from "../support/client.ts";
import { noise, sceneWav } from "../support/recordings.ts";
import { assetsFolder } from "../support/test-models.ts";

describe("the operator's limits", () => {
  let worker: PlainWorker;
  beforeAll(async () => {
    worker = await startPlainWorker(assetsFolder, {
      ENGINE: "kernels",
      MAX_BODY_BYTES: "200000",
      IDLE_SECONDS: "1",
      MAX_STREAMS: "1",
    });
    await embedded(worker.url, sceneWav(1));
  });
  afterAll(() => worker?.stop());

  test("a body that says it is too long is refused before it is read", async () => {
    const response = await post(worker.url, sceneWav(3));
    expect(response.status).toBe(413);
    expect(await problem(response)).toMatchObject({
      code: "too_large",
      byteOffset: 200_000,
      hint: expect.stringContaining("MAX_BODY_BYTES"),
    });
  });

  test("a stream that grows too long gives its windows and then the error", async () => {
    async function* long() {
      for (let seed = 0; seed < 10; seed++) {
        yield new Uint8Array(noise(8000, seed).buffer);
        await sleep(10);
      }
    }
    const response = await post(worker.url, long(), { query: "model=yamnet&pcm=f32le&rate=16000", type: "" });
    const records = (await response.text())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; code?: string });
    // 200,000 bytes are 3.125 s: full windows end at 0.975, 1.455, 1.935, 2.415 and 2.895 s.
    expect(records.map(({ type }) => type)).toEqual([
      "header",
      "window",
      "window",
      "window",
      "window",
      "window",
      "error",
    ]);
    expect(records.at(-1)).toMatchObject({ code: "too_large", byteOffset: 200_000 });
  });

  test("a sender that falls silent is told so", async () => {
    let answer = await answerToSilence(worker.url);
    // wrangler's proxy may still hold the connection of a request before, whose body was refused: not the Worker's doing.
    if (answer.includes("Network connection lost")) answer = await answerToSilence(worker.url);
    expect(answer).toContain("408");
    expect(answer).toContain('"code":"too_slow"');
    await expect.poll(async () => (await health(worker.url)).streams.active).toBe(0);
  });

  test("one stream too many is refused, and welcome later", async () => {
    let open = true;
    async function* slow() {
      for (let seed = 0; open; seed++) {
        yield new Uint8Array(noise(1600, seed).buffer);
        await sleep(100);
      }
    }
    const raw = { query: "model=yamnet&pcm=f32le&rate=16000", type: "" };
    const first = post(worker.url, slow(), raw);
    await expect.poll(async () => (await health(worker.url)).streams.active).toBe(1);
    const refused = await post(worker.url, sceneWav(1));
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("5");
    expect(await problem(refused)).toMatchObject({ code: "busy" });
    open = false;
    expect((await (await first).text()).trim().split("\n").at(-1)).toContain('"type":"summary"');
    expect((await embedded(worker.url, sceneWav(1))).windows.length).toBe(2);
  });
});

/** What a sender gets that announces 1000 bytes and sends four. */
async function answerToSilence(url: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let answer = "";
  socket.on("data", (data: Buffer) => {
    answer += data.toString();
  });
  socket.write("POST /v1/embeddings?model=yamnet HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nRIFF");
  await expect.poll(() => answer, { timeout: 10_000 }).toMatch(/\r\n\r\n.*(\}|lost)/s);
  socket.destroy();
  return answer;
}

describe("models that are not whole", () => {
  test("none at all, and one whose bytes were changed", async () => {
    const folder = await mkdtemp(join(tmpdir(), "orca-assets-"));
    await writeFile(join(folder, "empty.txt"), "");
    let worker = await startPlainWorker(folder);
    try {
      const missing = await post(worker.url, sceneWav(1));
      expect(missing.status).toBe(503);
      expect(await problem(missing)).toMatchObject({
        code: "models_missing",
        hint: expect.stringContaining("npm run models"),
      });
      expect((await fetch(`${worker.url}/v1/models`)).status).toBe(503);
    } finally {
      await worker.stop();
    }
    await cp(join(assetsFolder, "models"), join(folder, "models"), { recursive: true });
    const piece = join(folder, "models", "yamnet-fp32.ort.001");
    const bytes = await readFile(piece);
    bytes[1_000_000] = (bytes[1_000_000] ?? 0) ^ 1;
    await rm(piece);
    await writeFile(piece, bytes);
    worker = await startPlainWorker(folder, { ENGINE: "ort" });
    try {
      const damaged = await post(worker.url, sceneWav(1));
      expect(damaged.status).toBe(500);
      expect(await problem(damaged)).toMatchObject({
        code: "model_damaged",
        detail: expect.stringContaining("yamnet-fp32.ort.001"),
      });
    } finally {
      await worker.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
