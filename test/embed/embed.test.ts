import { beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_OPTIONS, type EmbedOptions, embed, SEEDED_WARNING } from "../../src/embed/index.ts";
import { OrcaError } from "../../src/errors.ts";
import { extract } from "../../src/extract.ts";
import type { LoadedModel } from "../../src/models/index.ts";
import type { EmbedRecord } from "../../src/records/index.ts";
import { nodeRuntime, type Runtime } from "../../src/runtime.node.ts";
import { wav16 } from "../../src/sample/index.ts";
import { VERSION } from "../../src/version.ts";
import { largestDifference, largestValue } from "../support/compare.ts";
import { cut } from "../support/cuts.ts";
import { framesOf } from "../support/frames.ts";
import { MODELS } from "../support/models.ts";
import { kernelModule } from "../support/runtime.ts";
import { noise } from "../support/signals.ts";
import { seededFolder } from "../support/test-models.ts";
import { chunk, formatChunk, int16, riff } from "../support/wav.ts";

let runtime: Runtime;
let yamnet: LoadedModel;
beforeAll(async () => {
  runtime = await nodeRuntime(seededFolder);
  yamnet = await runtime.store.load("yamnet", "fp32");
});

/** A source that is asked and returned like a request body. */
function source(pieces: Iterable<Uint8Array>, failure?: Error) {
  const iterator = pieces[Symbol.iterator]();
  const calls = { next: 0, return: 0 };
  const bytes: AsyncIterator<Uint8Array> = {
    async next() {
      calls.next++;
      const step = iterator.next();
      if (step.done && failure !== undefined) throw failure;
      return step;
    },
    async return() {
      calls.return++;
      return { done: true, value: undefined };
    },
  };
  return { bytes, calls };
}

const start = (bytes: AsyncIterator<Uint8Array>, options: Partial<EmbedOptions> = {}, loaded = yamnet) =>
  embed(bytes, async () => loaded, { kernels: kernelModule }, { ...DEFAULT_OPTIONS, ...options });

async function all(records: AsyncIterable<EmbedRecord>) {
  const out: EmbedRecord[] = [];
  for await (const record of records) out.push(record);
  return out;
}

const windowsOf = (records: readonly EmbedRecord[]) => records.filter((record) => record.type === "window");

/** 3 s of noise at 16 kHz: six windows of YAMNet. */
const FILE = wav16(noise(48_000, 0.3), 16_000);

describe("records", () => {
  test("a header, the windows in order, a summary", async () => {
    const records = await all(start(source(cut(FILE, [5000])).bytes));
    expect(records.map(({ type }) => type)).toEqual(["header", ...Array(6).fill("window"), "summary"]);
    expect(windowsOf(records).map(({ index, start, end, padded }) => [index, start, end, padded])).toEqual([
      [0, 0, 0.96, undefined],
      [1, 0.48, 1.44, undefined],
      [2, 0.96, 1.92, undefined],
      [3, 1.44, 2.4, undefined],
      [4, 1.92, 2.88, undefined],
      [5, 2.4, 3.36, 0.36],
    ]);
    expect(records.at(-1)).toEqual({
      type: "summary",
      windows: 6,
      seconds: 3,
      bytes: FILE.length,
      complete: true,
      findings: [],
    });
    const embeddings = windowsOf(records).map(({ embedding }) => embedding);
    for (const embedding of embeddings) {
      expect(embedding).toHaveLength(1024);
      expect(embedding.every(Number.isFinite)).toBe(true);
    }
    // Each belongs to the receiver: what is done to one does not show in another.
    const kept = embeddings.map((embedding) => embedding.slice());
    embeddings[0]?.fill(0);
    expect(embeddings.slice(1)).toEqual(kept.slice(1));
  });

  test("the header says how the embeddings were made", async () => {
    const stereo = riff([formatChunk({ channels: 2, rate: 44_100 }), chunk("data", new Uint8Array(4 * 44_100))]);
    const [header] = await all(start(source([stereo]).bytes, { channel: 1 }));
    expect(header).toEqual({
      type: "header",
      model: "yamnet",
      variant: "fp32",
      weights: "seeded",
      warning: SEEDED_WARNING,
      sha256: yamnet.variant.onnx?.sha256,
      provenance: {
        address: "src/convert/seeded.ts",
        sha256: null,
        licence: "none: generated numbers",
        parameters: 3751369,
        converter: `orca-embeddings ${VERSION}`,
      },
      engine: yamnet.engine.name,
      version: VERSION,
      source: { container: "wav", encoding: "s16le", rate: 44_100, channels: 2, seconds: 1 },
      channel: 1,
      resampler: { name: "kaiser180", from: 44_100, to: 16_000, passBand: 0.9136 * 8000, delay: 0 },
      rate: 16_000,
      window: { seconds: 0.96, hop: 0.48 },
      spectrogram: {
        frames: 96,
        bands: 64,
        hop: 0.01,
        unit: "ln(mel + 0.001)",
        shown: { from: Math.log(0.001), to: 6, steps: "even" },
      },
      embedding: 1024,
      scores: 521,
    });
  });

  test("a Humpback header names the smoother's way; a trained model's has no warning; u8 has no byte order", async () => {
    const entry = { ...yamnet.entry, description: MODELS.humpback, weights: "trained" as const };
    const loaded = { ...yamnet, entry };
    const file = riff([formatChunk({ bits: 8, rate: 10_000 }), chunk("data", new Uint8Array(100).fill(128))]);
    const [header, ...rest] = await all(start(source([file]).bytes, { pcen: "window" }, loaded));
    expect(header).toMatchObject({
      pcen: "window",
      weights: "trained",
      source: { encoding: "u8" },
      resampler: { name: "none" },
      spectrogram: { unit: "PCEN", hop: 0.03 },
    });
    expect(header).not.toHaveProperty("warning");
    expect(rest).toMatchObject([{ type: "summary", windows: 0, findings: [{ code: "too_short" }] }]);
  });

  test("where the start is known, the header says who says so, and each window has its UTC", async () => {
    const known = { utc: Date.UTC(2024, 1, 29, 23, 59, 58, 250), source: "playlist", uncertainty: 0.5 };
    const records = await all(start(source(cut(FILE, [5000])).bytes, { start: known }));
    expect(records[0]).toMatchObject({
      start: { utc: "2024-02-29T23:59:58.250Z", source: "playlist", uncertainty: 0.5 },
    });
    expect(windowsOf(records).map(({ utc }) => utc)).toEqual([
      "2024-02-29T23:59:58.250Z",
      "2024-02-29T23:59:58.730Z",
      "2024-02-29T23:59:59.210Z",
      "2024-02-29T23:59:59.690Z",
      "2024-03-01T00:00:00.170Z",
      "2024-03-01T00:00:00.650Z",
    ]);
  });

  test("scores and spectrogram come when asked for, and only then", async () => {
    const [plain] = windowsOf(await all(start(source([FILE]).bytes)));
    expect(Object.keys(plain ?? {})).toEqual(["type", "index", "start", "end", "rms", "embedding"]);
    const records = windowsOf(await all(start(source([FILE]).bytes, { scores: true, spectrogram: true })));
    for (const { scores, spectrogram } of records) {
      expect([scores?.length, spectrogram?.length]).toEqual([521, 96 * 64]);
      expect(scores?.every((score) => score > 0 && score < 1)).toBe(true);
    }
  });

  test("findings reach the summary: lost audio makes it incomplete, an odd chunk does not", async () => {
    const data = int16(Array.from(noise(16_000), (value) => Math.round(32767 * value)));
    const truncated = riff([formatChunk(), chunk("data", data, { size: 100_000 })]);
    expect((await all(start(source([truncated]).bytes))).at(-1)).toMatchObject({
      windows: 2,
      complete: false,
      findings: [{ code: "truncated", lost: true, count: 68_000, byteOffset: 32_044 }],
    });
    const odd = riff([formatChunk(), chunk("acme", new Uint8Array(4)), chunk("data", data)]);
    expect((await all(start(source([odd]).bytes))).at(-1)).toMatchObject({
      complete: true,
      findings: [{ code: "skipped_chunk", lost: false, byteOffset: 36 }],
    });
  });
});

describe("batching", () => {
  /** The loaded model with its session watched. */
  function watched() {
    const sizes: number[] = [];
    const session = {
      ...yamnet.session,
      batch: yamnet.session.batch,
      memory: 0,
      run(windows: readonly Float32Array[]) {
        sizes.push(windows.length);
        return yamnet.session.run(windows);
      },
    };
    return { sizes, loaded: { ...yamnet, session } };
  }

  test("full batches from a fast sender, single windows from a slow one, the same numbers within 1e-6", async () => {
    // 15,600 samples, then 7680 more for each further window: 12 windows.
    const header = riff([formatChunk(), chunk("data", new Uint8Array(0), { size: 2 * (15_600 + 11 * 7680) })]);
    const data = int16(Array.from(noise(15_600 + 11 * 7680, 0.3), (value) => Math.round(32768 * value)));
    const fast = watched();
    const whole = windowsOf(await all(start(source([header, data]).bytes, { scores: true }, fast.loaded)));
    // 8 and 4 on a machine at rest; on a busy one a batch goes before the next window is there.
    expect(fast.sizes.reduce((sum, size) => sum + size, 0)).toBe(12);
    expect(Math.max(...fast.sizes)).toBeGreaterThan(1);

    const slow = watched();
    const pieces = [header, data.subarray(0, 31_200), ...cut(data.subarray(31_200), [15_360])];
    const iterator = pieces[Symbol.iterator]();
    const single: typeof whole = [];
    let sent = 0;
    let wake = () => {};
    const bytes: AsyncIterator<Uint8Array> = {
      // The sender sends what makes one window, and goes on when that window has come back.
      async next() {
        const needed = sent++ - 1;
        while (single.length < needed) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        return iterator.next();
      },
    };
    for await (const record of start(bytes, { scores: true }, slow.loaded)) {
      if (record.type === "window") single.push(record);
      wake();
    }
    expect(slow.sizes).toEqual(Array(12).fill(1));

    const [together, alone] = [whole, single].map((records) => ({
      embedding: Float32Array.from(records.flatMap(({ embedding }) => Array.from(embedding))),
      scores: Float32Array.from(records.flatMap(({ scores }) => Array.from(scores ?? []))),
    })) as [Record<"embedding" | "scores", Float32Array>, Record<"embedding" | "scores", Float32Array>];
    for (const key of ["embedding", "scores"] as const) {
      const difference = largestDifference(together[key], alone[key]) / largestValue(together[key]);
      console.log(
        `YAMNet ${key}: batches against single windows differ by ${difference.toExponential(1)} of the ` +
          `largest value${difference === 0 ? ": bit-identical" : ""}`,
      );
      // Another batch may sum in another order (docs/numbers.md).
      expect(difference).toBeLessThanOrEqual(1e-6);
    }
  });
});

describe("failures and leaving", () => {
  test("a failure of the sender after some windows: these first, then the error, and the source is closed", async () => {
    const { bytes, calls } = source(
      cut(FILE.subarray(0, 44 + 2 * 40_000), [3000]),
      new OrcaError("too_large", "enough"),
    );
    const records: EmbedRecord[] = [];
    const reading = async () => {
      for await (const record of start(bytes)) records.push(record);
    };
    await expect(reading()).rejects.toMatchObject({ code: "too_large" });
    // 40,000 samples hold four whole windows.
    expect(records.map(({ type }) => type)).toEqual(["header", ...Array(4).fill("window")]);
    expect(calls.return).toBe(1);
  });

  test("input that is no audio fails before the header", async () => {
    const { bytes, calls } = source([new Uint8Array(100)]);
    await expect(start(bytes).next()).rejects.toMatchObject({ code: "not_audio", byteOffset: 0 });
    expect(calls.return).toBe(1);
  });

  test("a model that cannot be loaded: nothing is read, the source is closed", async () => {
    const { bytes, calls } = source([FILE]);
    const load = () => Promise.reject(new OrcaError("models_missing", "none"));
    const records = embed(bytes, load, { kernels: kernelModule }, DEFAULT_OPTIONS);
    await expect(records.next()).rejects.toMatchObject({ code: "models_missing" });
    expect(calls).toEqual({ next: 0, return: 1 });
  });

  test("a consumer that leaves closes the source, and little more is read", async () => {
    // 321 pieces of 500 samples. Eight windows, which the first batch may have, take 69,360 samples or 139 pieces; the
    // window that is made ahead of the consumer takes 16 more.
    const { bytes, calls } = source(cut(wav16(noise(160_000, 0.3), 16_000), [1000]));
    for await (const record of start(bytes)) if (record.type === "window") break;
    expect(calls.return).toBe(1);
    expect(calls.next).toBeLessThanOrEqual(156);
  });

  test("one bad channel is refused with what there is", async () => {
    const { bytes } = source([FILE]);
    await expect(start(bytes, { channel: 3 }).next()).rejects.toMatchObject({ code: "bad_option", field: "channel" });
  });
});

describe("extract", () => {
  test("the start may be text, a Date, or somebody's own", async () => {
    const audio = { samples: noise(16_000, 0.3), rate: 16_000 };
    const began = Date.UTC(2024, 4, 1, 12);
    const own = { utc: began, source: "playlist", uncertainty: 0.1 };
    for (const start of ["2024-05-01T14:00:00+02:00", new Date(began), own]) {
      const { utcs, header } = await extract(audio, "yamnet", { runtime, start }).result();
      expect(Array.from(utcs ?? [])).toEqual([began, began + 480]);
      expect(header.start?.source).toBe(start === own ? "playlist" : "start=");
    }
    expect(() => extract(audio, "yamnet", { runtime, start: new Date(Number.NaN) })).toThrow(
      expect.objectContaining({ code: "bad_option", field: "start" }),
    );
  });

  test("one result: embeddings, scores, the picture with each frame once, and times", async () => {
    const samples = noise(48_000, 0.3);
    const result = await extract({ samples, rate: 16_000 }, "yamnet", { runtime }).result();
    expect([result.embeddings.length, result.scores?.length]).toEqual([6 * 1024, 6 * 521]);
    expect(Array.from(result.starts)).toEqual([0, 0.48, 0.96, 1.44, 1.92, 2.4]);
    const padded = new Float32Array(54_000);
    padded.set(samples);
    const frames = framesOf("yamnet", padded);
    expect(result.spectrogram).toEqual(frames);
    expect(result.spectrogram).toHaveLength(336 * 64);
    expect(result.utcs).toBeUndefined();
    expect(result.header.source).toMatchObject({ container: "raw", encoding: "f32le", rate: 16_000 });
    expect(result.summary).toMatchObject({ windows: 6, complete: true });
  });

  test("bytes, a buffer, a stream and an iterable are the same audio", async () => {
    const whole = await extract(FILE, "yamnet", { runtime }).result();
    const pieces = cut(FILE, [7001]);
    const sources = [
      FILE.buffer.slice(0) as ArrayBuffer,
      new ReadableStream<Uint8Array>({
        start(controller) {
          for (const piece of pieces) controller.enqueue(piece);
          controller.close();
        },
      }),
      (async function* () {
        yield* pieces;
      })(),
    ];
    for (const audio of sources) {
      const result = await extract(audio, "yamnet", { runtime }).result();
      expect(largestDifference(result.embeddings, whole.embeddings)).toBeLessThanOrEqual(
        1e-6 * largestValue(whole.embeddings),
      );
      expect(result.summary).toEqual(whole.summary);
    }
  });

  test("options that were not given are the defaults; an unknown variant is refused", async () => {
    const { header } = await extract(FILE, "yamnet", { runtime }).result();
    expect(header).toMatchObject({ channel: "mean", variant: "fp32" });
    await expect(extract(FILE, "yamnet", { runtime, variant: "int3" }).result()).rejects.toMatchObject({
      code: "unknown_variant",
      hint: "There is: fp32 (kernels, ort), int8 (kernels).",
    });
  });

  test("leaving while the sender is silent ends at once and cancels the stream", async () => {
    const cancelled = Promise.withResolvers<void>();
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(FILE.subarray(0, 44 + 2 * 15_600));
      },
      cancel: () => cancelled.resolve(),
    });
    let windows = 0;
    for await (const record of extract(stream, "yamnet", { runtime })) {
      if (record.type !== "window") continue;
      windows++;
      break;
    }
    await cancelled.promise;
    expect(windows).toBe(1);
  });
});
