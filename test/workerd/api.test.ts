import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DevWorker, startDevWorker } from "../../scripts/support/dev-worker.ts";
import { extract } from "../../src/extract.ts";
import { nodeRuntime } from "../../src/runtime.node.ts";
import { VERSION } from "../../src/version.ts";
import { embedded, post, problem } from "../support/client.ts";
import { MODEL_NAMES } from "../support/models.ts";
import { fmt, noise, riff, sceneWav } from "../support/recordings.ts";
import { assetsFolder, seededFolder } from "../support/test-models.ts";

let worker: DevWorker;
beforeAll(async () => {
  worker = await startDevWorker({ assets: assetsFolder });
});
afterAll(() => worker?.stop());

const get = async (path: string) => (await fetch(`${worker.url}${path}`)).json();

describe("describing itself", () => {
  test("GET /healthz", async () => {
    expect(await get("/healthz")).toMatchObject({ status: "ok", version: VERSION, engine: "auto" });
  });

  test("GET /v1/models", async () => {
    const { models } = (await get("/v1/models")) as { models: Record<string, unknown>[] };
    expect(models).toMatchObject([
      {
        name: "humpback",
        rate: 10000,
        window: { seconds: 3.84, hop: 3.84 },
        embedding: 2048,
        scores: 1,
        weights: "seeded",
        parameters: 23530561,
      },
      {
        name: "vggish",
        rate: 16000,
        window: { seconds: 0.96, hop: 0.96 },
        embedding: 128,
        scores: 0,
        weights: "seeded",
        parameters: 72141184,
      },
      {
        name: "yamnet",
        rate: 16000,
        window: { seconds: 0.96, hop: 0.48 },
        embedding: 1024,
        scores: 521,
        weights: "seeded",
        parameters: 3751369,
      },
    ]);
  });

  test("GET /openapi.json describes every route and every option", async () => {
    const document = (await get("/openapi.json")) as {
      openapi: string;
      paths: Record<string, Record<string, { parameters?: { name: string }[] }>>;
    };
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.paths).sort()).toEqual([
      "/healthz",
      "/metrics",
      "/projector/{bundle}/{file}",
      "/readyz",
      "/v1/collections",
      "/v1/collections/{name}",
      "/v1/collections/{name}/annotations",
      "/v1/collections/{name}/export",
      "/v1/collections/{name}/recordings",
      "/v1/collections/{name}/search",
      "/v1/embeddings",
      "/v1/hydrophones",
      "/v1/hydrophones/{name}/embeddings",
      "/v1/hydrophones/{name}/events",
      "/v1/hydrophones/{name}/events/{id}",
      "/v1/hydrophones/{name}/events/{id}/picture",
      "/v1/hydrophones/{name}/events/{id}/sound",
      "/v1/hydrophones/{name}/events/{id}/verdict",
      "/v1/hydrophones/{name}/sound",
      "/v1/hydrophones/{name}/suppressions",
      "/v1/hydrophones/{name}/suppressions/{rule}",
      "/v1/hydrophones/{name}/thresholds",
      "/v1/hydrophones/{name}/thresholds/{head}/{class}",
      "/v1/models",
      "/v1/models/{model}/classes",
      "/v1/projector",
      "/v1/watch",
    ]);
    expect(document.paths["/v1/projector"]?.post?.parameters?.map(({ name }) => name)).toEqual([
      "model",
      "variant",
      "engine",
      "channel",
      "highpass",
      "pcen",
      "postprocess",
      "pcm",
      "rate",
      "channels",
      "start",
      "zone",
      "zone-overrules",
      "file",
      "thumbnail",
    ]);
    expect(document.paths["/v1/embeddings"]?.post?.parameters?.map(({ name }) => name)).toEqual([
      "model",
      "variant",
      "engine",
      "channel",
      "highpass",
      "pcen",
      "postprocess",
      "include",
      "encoding",
      "heads",
      "detect",
      "site",
      "events",
      "pcm",
      "rate",
      "channels",
      "start",
      "zone",
      "zone-overrules",
      "file",
      "collection",
    ]);
  });

  test("paths and methods that are not there", async () => {
    const nowhere = await fetch(`${worker.url}/v2`);
    expect(nowhere.status).toBe(404);
    expect(await problem(nowhere)).toMatchObject({
      code: "not_found",
      hint: expect.stringContaining("/v1/embeddings"),
    });
    const wrong = await fetch(`${worker.url}/v1/embeddings`);
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get("allow")).toBe("POST");
    expect(await problem(wrong)).toMatchObject({ code: "method_not_allowed" });
  });
});

describe("embeddings", () => {
  const wav = sceneWav(8);

  test.each(MODEL_NAMES)("%s: the same bits as the library in Node", async (model) => {
    const answer = await embedded(worker.url, wav, {
      query: `model=${model}&include=scores,spectrogram&encoding=base64`,
    });
    const expected = await extract(wav, model, {
      runtime: await nodeRuntime(seededFolder),
      spectrogram: true,
      scores: true,
    });
    let at = 0;
    for await (const record of expected) {
      if (record.type === "header") expect(answer.header).toEqual(record);
      else if (record.type === "summary") expect(answer.summary).toEqual(record);
      else if (record.type === "window") {
        const window = answer.windows[at++];
        expect(window?.spectrogram).toEqual(record.spectrogram);
        expect([window?.start, window?.end, window?.padded]).toEqual([record.start, record.end, record.padded]);
        // Both run one WebAssembly module, but batches may form differently: 1e-6 of the largest value.
        const scale = Math.max(...record.embedding);
        for (const [i, value] of record.embedding.entries()) {
          expect(Math.abs((window?.embedding[i] ?? Number.NaN) - value)).toBeLessThanOrEqual(1e-6 * scale);
        }
        expect(window?.scores?.length).toBe(record.scores?.length);
      }
    }
    expect(answer.windows.length).toBe(at);
    expect(answer.header.warning).toContain("no learned meaning");
  });

  test("numbers read back as the float32 that base64 carries", async () => {
    const query = "model=yamnet&include=scores,spectrogram";
    const numbers = await embedded(worker.url, wav, { query });
    const base64 = await embedded(worker.url, wav, { query: `${query}&encoding=base64` });
    for (const [at, window] of numbers.windows.entries())
      expect(window.spectrogram).toEqual(base64.windows[at]?.spectrogram);
    expect(numbers.windows[0]?.spectrogram?.length).toBe(96 * 64);
  });

  test("server-sent events carry the same records", async () => {
    const response = await post(worker.url, wav, { accept: "text/event-stream" });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const events = (await response.text()).split("\n\n").filter((event) => event !== "");
    const names = events.map((event) => /^event: (.*)\ndata: \{/.exec(event)?.[1]);
    expect(names).toEqual(["header", ...Array(16).fill("window"), "summary"]);
  });

  test("raw PCM of every layout, by Content-Type and by query, is the same audio as WAV", async () => {
    const samples = noise(48000, 7).map((value) => Math.round(value * 100) / 128);
    const view = (bytes: number, write: (at: number, value: number, view: DataView) => void) => {
      const out = new DataView(new ArrayBuffer(samples.length * bytes));
      for (const [at, value] of samples.entries()) write(at * bytes, value, out);
      return new Uint8Array(out.buffer);
    };
    const s16 = (little: boolean) => view(2, (at, value, out) => out.setInt16(at, value * 32768, little));
    const s24 = view(3, (at, value, out) => {
      out.setUint16(at, (value * 8388608) & 0xffff, true);
      out.setInt8(at + 2, (value * 8388608) >> 16);
    });
    const spectrogram = async (body: Uint8Array<ArrayBuffer>, query: string, type: string) => {
      const { windows } = await embedded(worker.url, body, {
        query: `model=yamnet&include=spectrogram&encoding=base64${query}`,
        type,
      });
      return windows.map((window) => window.spectrogram);
    };
    const octets = "application/octet-stream";
    const expected = await spectrogram(riff([fmt(1, 48000, 16), { id: "data", body: s16(true) }]), "", "audio/wav");
    expect(expected.length).toBe(2);
    expect(await spectrogram(s16(false), "", "audio/L16;rate=48000;channels=1")).toEqual(expected);
    expect(await spectrogram(s16(true), "&pcm=s16le&rate=48000", octets)).toEqual(expected);
    expect(await spectrogram(s16(false), "&pcm=s16be&rate=48000", octets)).toEqual(expected);
    expect(await spectrogram(s24, "&pcm=s24le&rate=48000", octets)).toEqual(expected);
    expect(
      await spectrogram(
        view(4, (at, v, out) => out.setInt32(at, v * 2147483648, true)),
        "&pcm=s32le&rate=48000",
        octets,
      ),
    ).toEqual(expected);
    expect(
      await spectrogram(
        view(4, (at, v, out) => out.setFloat32(at, v, true)),
        "&pcm=f32le&rate=48000",
        octets,
      ),
    ).toEqual(expected);
    expect(
      await spectrogram(
        view(8, (at, v, out) => out.setFloat64(at, v, false)),
        "&pcm=f64be&rate=48000",
        octets,
      ),
    ).toEqual(expected);
  });

  test("channel and pcen choices change what they say, and are named", async () => {
    const left = noise(64000, 1);
    const right = noise(64000, 2);
    const stereo = new Float32Array(2 * left.length);
    for (const at of left.keys()) stereo.set([left[at] as number, right[at] as number], 2 * at);
    const ask = (query: string) =>
      embedded(worker.url, new Uint8Array(stereo.buffer), {
        query: `pcm=f32le&rate=8000&channels=2&include=spectrogram&encoding=base64&${query}`,
        type: "",
      });
    const one = (samples: Float32Array<ArrayBuffer>) =>
      embedded(worker.url, new Uint8Array(samples.buffer), {
        query: "pcm=f32le&rate=8000&include=spectrogram&encoding=base64&model=humpback",
        type: "",
      });
    const picked = await ask("model=humpback&channel=1");
    expect(picked.header.channel).toBe(1);
    expect(picked.windows[0]?.spectrogram).toEqual((await one(right)).windows[0]?.spectrogram);
    const mean = await ask("model=humpback");
    expect(mean.header).toMatchObject({ channel: "mean", pcen: "clip" });
    expect(mean.windows[0]?.spectrogram).not.toEqual(picked.windows[0]?.spectrogram);
    const restarted = await ask("model=humpback&channel=1&pcen=window");
    expect(restarted.header.pcen).toBe("window");
    expect(restarted.windows[0]?.spectrogram).toEqual(picked.windows[0]?.spectrogram);
    expect(restarted.windows[1]?.spectrogram).not.toEqual(picked.windows[1]?.spectrogram);
  });
});

describe("times", () => {
  const header = async (query: string, headers: Record<string, string> = {}) => {
    const url = `${worker.url}/v1/embeddings?model=yamnet&${query}`;
    const response = await fetch(url, { method: "POST", body: sceneWav(1), headers });
    expect(response.status).toBe(200);
    const [first = "", window = ""] = (await response.text()).split("\n");
    return { start: JSON.parse(first).start, utc: JSON.parse(window).utc };
  };

  test("the start comes in the query, or the name does, there or in Content-Disposition", async () => {
    expect(await header("start=2024-05-01T12:00:00%2B02:00")).toEqual({
      start: { utc: "2024-05-01T10:00:00.000Z", source: "start=", uncertainty: 1 },
      utc: "2024-05-01T10:00:00.000Z",
    });
    const soundTrap = { utc: "2021-01-01T00:00:00.000Z", source: "SoundTrap file name", uncertainty: 1 };
    expect(await header("file=5783.210101120000.wav&zone=%2B12:00")).toMatchObject({ start: soundTrap });
    // A plus that was not escaped is a blank.
    expect(await header("file=5783.210101120000.wav&zone=+12:00")).toMatchObject({ start: soundTrap });
    // The runtime knows the zones by name.
    const vancouver = "file=20231105_013000.wav&zone=America/Vancouver";
    const winter = { utc: "2023-11-05T08:30:00.000Z", source: "file name", uncertainty: 3601 };
    expect(await header(vancouver)).toMatchObject({ start: winter });
    const overruled = { utc: "2020-01-01T08:30:00.000Z", source: "file name, zone overruled" };
    expect(await header("file=20200101T003000Z.wav&zone=-08:00&zone-overrules=1")).toMatchObject({ start: overruled });
    const disposition = 'attachment; filename="NRS11_20191231_230836.flac"';
    expect((await header("", { "content-disposition": disposition })).start).toMatchObject({ source: "NRS file name" });
    expect(await header("")).toEqual({ start: undefined, utc: undefined });
  });

  test("what is no time is refused", async () => {
    for (const [query, field] of [
      ["start=yesterday", "start"],
      ["start=2024-05-01T12:00:00", "start"],
      ["zone=PDT", "zone"],
      ["zone-overrules=1", "zone-overrules"],
    ] as const) {
      const url = `${worker.url}/v1/embeddings?model=yamnet&${query}`;
      const response = await fetch(url, { method: "POST", body: sceneWav(1) });
      expect(response.status).toBe(400);
      expect(await problem(response)).toMatchObject({ code: "bad_option", field });
    }
  });
});
