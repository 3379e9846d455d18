import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PlainWorker, startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import { embedded, post, problem, type Sending } from "../support/client.ts";
import { type Chunk, fmt, noise, riff, sceneWav } from "../support/recordings.ts";
import { assetsFolder } from "../support/test-models.ts";

let worker: PlainWorker;
beforeAll(async () => {
  worker = await startPlainWorker(assetsFolder);
});
afterAll(() => worker?.stop());

const text = (words: string) => new TextEncoder().encode(words) as Uint8Array<ArrayBuffer>;
const silence = (bytes: number): Chunk => ({ id: "data", body: new Uint8Array(bytes) });
const wav = sceneWav(3);

describe("refused with a status, a code, the place and what to do", () => {
  const cases: readonly (readonly [
    name: string,
    body: Uint8Array<ArrayBuffer>,
    sending: Sending,
    status: number,
    expected: object,
  ])[] = [
    ["an empty body", new Uint8Array(0), {}, 400, { code: "empty_body", byteOffset: 0 }],
    [
      "text with a .wav's Content-Type",
      text("This is not a recording."),
      {},
      415,
      { code: "not_audio", byteOffset: 0, detail: expect.stringContaining("text") },
    ],
    ["HTML", text("<!doctype html><p>404"), {}, 415, { code: "not_audio", detail: expect.stringContaining("HTML") }],
    ["three bytes", text("abc"), {}, 415, { code: "not_audio", detail: expect.stringContaining("3 byte") }],
    [
      "a FLAC file of four bytes",
      text("fLaC"),
      {},
      422,
      { code: "audio_malformed", byteOffset: 4, detail: expect.stringContaining("FLAC") },
    ],
    [
      "a film without sound",
      text("\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41\0\0\0\x08moov"),
      {},
      415,
      { code: "unsupported_encoding", detail: expect.stringContaining("no sound") },
    ],
    [
      "a RIFF file that is no WAVE",
      riff([silence(8)], { form: "WEBP" }),
      {},
      415,
      { code: "not_audio", byteOffset: 8 },
    ],
    ["no fmt chunk", riff([{ id: "LIST", body: text("INFO") }]), {}, 422, { code: "wav_malformed", byteOffset: 24 }],
    ["data before fmt", riff([silence(8), fmt(1, 16000, 16)]), {}, 422, { code: "wav_malformed", byteOffset: 12 }],
    [
      "a fmt chunk of 4 bytes",
      riff([{ id: "fmt ", body: new Uint8Array(4) }]),
      {},
      422,
      { code: "wav_malformed", byteOffset: 16 },
    ],
    [
      "0 channels",
      riff([fmt(0, 16000, 16), silence(8)]),
      {},
      422,
      { code: "wav_malformed", byteOffset: 22, hint: expect.stringContaining("WAV") },
    ],
    ["a rate of 0", riff([fmt(1, 0, 16), silence(8)]), {}, 422, { code: "wav_malformed", byteOffset: 24 }],
    [
      "a rate of 4 GHz",
      riff([fmt(1, 4_000_000_000, 16), silence(8)]),
      {},
      422,
      { code: "wav_malformed", byteOffset: 24 },
    ],
    [
      "A-law",
      riff([fmt(1, 8000, 8, 6), silence(8)]),
      {},
      415,
      { code: "unsupported_encoding", detail: expect.stringContaining("A-law") },
    ],
    ["13-byte samples", riff([fmt(1, 16000, 104), silence(8)]), {}, 415, { code: "unsupported_encoding" }],
    ["a header and no samples", riff([fmt(1, 16000, 16), silence(0)]), {}, 422, { code: "no_samples", byteOffset: 44 }],
    [
      "an empty recording with a chunk after it",
      riff([fmt(1, 16000, 16), silence(0), { id: "LIST", body: text("INFO") }]),
      {},
      422,
      { code: "no_samples" },
    ],
    [
      "an unknown model",
      wav,
      { query: "model=perch" },
      400,
      { code: "unknown_model", field: "model", hint: expect.stringContaining("yamnet") },
    ],
    ["no model", wav, { query: "" }, 400, { code: "unknown_model", field: "model" }],
    ["an unknown option", wav, { query: "model=yamnet&modle=1" }, 400, { code: "bad_option", field: "modle" }],
    [
      "an unknown variant",
      wav,
      { query: "model=yamnet&variant=fp8" },
      400,
      { code: "unknown_variant", hint: expect.stringContaining("fp32") },
    ],
    ["an unknown include", wav, { query: "model=yamnet&include=sound" }, 400, { code: "bad_option", field: "include" }],
    [
      "an unknown postprocess",
      wav,
      { query: "model=vggish&postprocess=round" },
      400,
      { code: "bad_option", field: "postprocess" },
    ],
    [
      "another model's postprocess",
      wav,
      { query: "model=yamnet&postprocess=pca" },
      400,
      { code: "bad_option", field: "postprocess" },
    ],
    [
      "a postprocess without its parameters",
      wav,
      { query: "model=vggish&postprocess=pca" },
      503,
      { code: "models_missing", hint: expect.stringContaining("--pca FILE") },
    ],
    ["an unknown pcen", wav, { query: "model=yamnet&pcen=off" }, 400, { code: "bad_option", field: "pcen" }],
    [
      "a channel that is not there",
      wav,
      { query: "model=yamnet&channel=3" },
      400,
      { code: "bad_option", field: "channel" },
    ],
    [
      "raw PCM without a rate",
      wav,
      { query: "model=yamnet&pcm=s16le", type: "" },
      400,
      { code: "bad_option", field: "rate" },
    ],
    [
      "raw PCM at 100 Hz",
      wav,
      { query: "model=yamnet&pcm=s16le&rate=100", type: "" },
      400,
      { code: "bad_option", field: "rate" },
    ],
    ["L16 at no rate", wav, { type: "audio/L16;channels=1" }, 400, { code: "bad_option", field: "rate" }],
    [
      "L16 of 300 channels",
      text("a few samples"),
      { type: "audio/L16;rate=48000;channels=300" },
      400,
      { code: "bad_option", field: "channels" },
    ],
    [
      "a rate for a file that has one",
      wav,
      { query: "model=yamnet&rate=48000" },
      400,
      { code: "bad_option", field: "rate" },
    ],
    [
      "a WAV file said to be raw",
      wav,
      { query: "model=yamnet&pcm=s16le&rate=48000", type: "" },
      400,
      { code: "bad_option", field: "pcm" },
    ],
    [
      "one byte of raw PCM",
      text("a"),
      { query: "model=yamnet&pcm=s16le&rate=48000", type: "" },
      422,
      { code: "no_samples", byteOffset: 1 },
    ],
  ];

  test.each(cases)("%s", async (_, body, sending, status, expected) => {
    const response = await post(worker.url, body, sending);
    const answer = await problem(response);
    expect(response.status).toBe(status);
    expect(answer).toMatchObject({ status, ...expected, type: `urn:orca-embeddings:error:${answer.code}` });
    expect(answer.detail.length).toBeGreaterThan(10);
    expect(answer.hint?.length).toBeGreaterThan(10);
  });
});

describe("what is sound is used, and the summary says what was lost", () => {
  const samples = noise(32000, 5);
  const s16 = Uint8Array.from(new Uint8Array(Int16Array.from(samples, (value) => value * 32768).buffer));
  const whole = riff([fmt(1, 16000, 16), { id: "data", body: s16 }]);
  const windowsOfTwoSeconds = 4;

  test("a data chunk that is cut short", async () => {
    const { windows, summary } = await embedded(worker.url, whole.slice(0, 44 + 48_001));
    expect(summary).toMatchObject({ complete: false, seconds: 1.5, windows: windows.length });
    expect(summary.findings).toMatchObject([
      { code: "truncated", lost: true, byteOffset: 48_045, count: 15_999 },
      { code: "partial_frame", lost: true, byteOffset: 48_044 },
    ]);
  });

  test.each([
    ["0", 0],
    ["0xFFFFFFFF", 0xffffffff],
    ["sox's 0x7FFFF000", 0x7ffff000],
  ])("a data size of %s: a stream", async (_, size) => {
    const stream = whole.slice();
    new DataView(stream.buffer).setUint32(4, size === 0 ? 0 : 0xffffffff, true);
    new DataView(stream.buffer).setUint32(40, size, true);
    const { windows, summary, header } = await embedded(worker.url, stream);
    expect(windows.length).toBe(windowsOfTwoSeconds);
    expect(summary).toMatchObject({ complete: true, findings: [], seconds: 2 });
    expect(header.source.seconds).toBeUndefined();
  });

  test("odd chunks with and without their padding", async () => {
    for (const pad of [true, false]) {
      const file = riff([{ id: "LIST", body: text("odd") }, fmt(1, 16000, 16), { id: "data", body: s16 }], { pad });
      const { windows, summary } = await embedded(worker.url, file);
      expect(windows.length).toBe(windowsOfTwoSeconds);
      expect(summary.complete).toBe(true);
      expect(summary.findings.map(({ code }) => code)).toEqual(pad ? [] : ["unpadded_chunk"]);
    }
  });

  test("NaN and infinity in float PCM", async () => {
    const damaged = samples.slice();
    damaged.set([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], 8000);
    const mended = samples.slice().fill(0, 8000, 8003);
    const ask = (body: Float32Array<ArrayBuffer>) =>
      embedded(worker.url, new Uint8Array(body.buffer), {
        query: "model=yamnet&pcm=f32le&rate=16000&include=spectrogram&encoding=base64",
        type: "",
      });
    const { windows, summary } = await ask(damaged);
    expect(summary).toMatchObject({
      complete: false,
      findings: [{ code: "non_finite", lost: true, count: 3, seconds: 0.5 }],
    });
    expect(windows.map((window) => window.spectrogram)).toEqual(
      (await ask(mended)).windows.map((window) => window.spectrogram),
    );
  });

  test("audio too short for a window", async () => {
    const { windows, summary } = await embedded(worker.url, whole.slice(0, 44 + 1000), { query: "model=vggish" });
    expect(windows).toEqual([]);
    expect(summary.findings.map(({ code }) => code)).toEqual(["truncated", "too_short"]);
  });
});
