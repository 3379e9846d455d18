import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_OPTIONS, type EmbedOptions, embed } from "../../src/embed/index.ts";
import { joinBytes } from "../../src/join.ts";
import type { LoadedModel } from "../../src/models/index.ts";
import type { EmbedRecord } from "../../src/records/index.ts";
import { nodeRuntime } from "../../src/runtime.node.ts";
import { cut, ways } from "../support/cuts.ts";
import { noise } from "../support/recordings.ts";
import { codecModules, kernelModule } from "../support/runtime.ts";
import { seededFolder } from "../support/test-models.ts";
import { chunk, formatChunk, int16, riff } from "../support/wav.ts";
import { bext, harp, info, utf8 } from "../times/support/metadata-writer.ts";

const models = new Map<string, LoadedModel>();
beforeAll(async () => {
  const { store } = await nodeRuntime(seededFolder);
  for (const name of ["vggish", "yamnet", "humpback"] as const) models.set(name, await store.load(name, "fp32"));
});

async function records(pieces: Iterable<Uint8Array>, name: string, options: Partial<EmbedOptions> = {}) {
  const out: EmbedRecord[] = [];
  const bytes = (async function* () {
    yield* pieces;
  })();
  const load = async () => models.get(name) as LoadedModel;
  const modules = { kernels: kernelModule, codecs: codecModules };
  for await (const record of embed(bytes, load, modules, { ...DEFAULT_OPTIONS, spectrogram: true, ...options })) {
    out.push(record.type === "window" ? { ...record, spectrogram: record.spectrogram?.slice() as never } : record);
  }
  return {
    header: out[0] as Extract<EmbedRecord, { type: "header" }>,
    windows: out.filter((record) => record.type === "window"),
    summary: out.at(-1) as Extract<EmbedRecord, { type: "summary" }>,
  };
}

const RATE = 44_100;
const pcm = (seconds: number, seed: number) =>
  int16(Array.from(noise(Math.round(seconds * RATE), seed), (value) => Math.round(value * 32767)));
const format = formatChunk({ rate: RATE });
const GUANO = chunk("guan", utf8("GUANO|Version: 1.0\nTimestamp: 2024-05-01T12:00:00.500+02:00\nSerial: 5783"));

describe("highpass", () => {
  test("takes an offset out of what the model hears, is named in the header, and is not there unless asked for", async () => {
    const plain = Array.from(noise(RATE * 2, 3), (value) => 0.1 * value);
    const file = (values: readonly number[]) => {
      const data = chunk("data", new Uint8Array(Float32Array.from(values).buffer));
      return riff([formatChunk({ rate: RATE, tag: 3, bits: 32 }), data]);
    };
    const offset = plain.map((value) => value + 0.5);
    const [without, before, after] = await Promise.all([
      records([file(plain)], "yamnet", { highpass: 10 }),
      records([file(offset)], "yamnet"),
      records([file(offset)], "yamnet", { highpass: 10 }),
    ]);
    expect(after.header.highpass).toEqual({ hertz: 10, order: 4, phase: "causal" });
    expect(before.header).not.toHaveProperty("highpass");
    const said = ({ summary }: typeof before) => summary.findings.map(({ message }) => message);
    expect(said(before)).toEqual([expect.stringMatching(/offset of 0\.5.*highpass=HZ takes the offset out/)]);
    expect(said(after)).toEqual([expect.stringMatching(/offset of 0\.5.*highpass=10 took the offset out/)]);
    expect(said(without)).toEqual([]);
    const far = (windows: typeof before.windows) =>
      Math.max(
        ...windows.flatMap(({ spectrogram }, at) =>
          Array.from(spectrogram ?? [], (value, i) => Math.abs(value - (without.windows[at]?.spectrogram?.[i] ?? 0))),
        ),
      );
    expect(far(after.windows)).toBeLessThan(0.01);
    expect(far(before.windows)).toBeGreaterThan(0.1);
  });

  test("a corner that the recording's rate does not have", async () => {
    const file = riff([format, chunk("data", pcm(1, 3))]);
    await expect(records([file], "yamnet", { highpass: RATE / 2 })).rejects.toMatchObject({
      code: "bad_option",
      field: "highpass",
    });
  });
});

describe("metadata of a recording", () => {
  const data = chunk("data", pcm(2.5, 7));

  test("before the audio: the header and every window know", async () => {
    const { header, windows, summary } = await records([riff([format, GUANO, data])], "yamnet");
    expect(header).toMatchObject({
      start: { utc: "2024-05-01T10:00:00.500Z", source: "GUANO", uncertainty: 0.001 },
      recorder: { serial: "5783" },
    });
    expect(windows.map(({ utc }) => utc?.slice(17))).toEqual(["00.500Z", "00.980Z", "01.460Z", "01.940Z", "02.420Z"]);
    expect(summary).not.toHaveProperty("start");
    expect(summary).toMatchObject({ complete: true, findings: [] });
  });

  test("a SoundTrap detector's file has no utc, whatever its name says or the caller: its pieces lie apart", async () => {
    const start = { utc: 0, source: "start=", uncertainty: 0 };
    const { header, windows, summary } = await records([riff([format, data])], "yamnet", {
      file: "671128.180912120000.dwv",
      start,
    });
    expect(windows.some((window) => "utc" in window)).toBe(false);
    expect(header).not.toHaveProperty("start");
    expect(summary.findings).toMatchObject([{ code: "not_continuous", lost: false }]);
  });

  test("behind the audio: the summary knows, and nothing claims more than was known", async () => {
    const { header, windows, summary } = await records([riff([format, data, GUANO])], "yamnet");
    expect(header).not.toHaveProperty("start");
    expect(windows.some((window) => "utc" in window)).toBe(false);
    expect(summary).toMatchObject({ start: { utc: "2024-05-01T10:00:00.500Z", source: "GUANO" }, complete: true });
  });

  test("behind the audio something better than the name: both are there", async () => {
    const options = { file: "20240501_120000.WAV" };
    const { header, windows, summary } = await records([riff([format, data, GUANO])], "yamnet", options);
    expect(header.start).toMatchObject({ source: "file name", uncertainty: 1 + 14 * 3600 });
    expect(windows[1]?.utc).toBe("2024-05-01T12:00:00.480Z");
    expect(summary.start).toMatchObject({ source: "GUANO" });
  });

  test("times that cannot be true never cost the recording", async () => {
    const moth = chunk("LIST", info({ ICMT: "Recorded at 25:61:00 00/00/0000 (UTC+99) by AudioMoth" }));
    const { windows, summary } = await records(
      [riff([format, moth, chunk("bext", bext("2024-99-99", "x")), data])],
      "yamnet",
      {
        file: "19700101_000000.wav",
      },
    );
    expect(windows).toHaveLength(5);
    expect(summary.findings.map(({ code }) => code)).toEqual(["bad_time", "bad_time", "bad_time"]);
    expect(summary.complete).toBe(true);
  });

  test("an oversized block is not held: 64 MB of GUANO take no memory", async () => {
    const rest = new Uint8Array(1 << 20).fill(0x20);
    const long = 64 << 20;
    const head = utf8("GUANO|Version: 1.0\nTimestamp: 2024-05-01T12:00:00Z\n");
    function* pieces() {
      yield riff([format], { size: 0xffff_ffff });
      yield chunk("guan", head, { size: long, pad: false });
      for (let sent = head.length; sent < long; sent += rest.length)
        yield rest.subarray(0, Math.min(rest.length, long - sent));
      yield data;
    }
    const before = process.memoryUsage().arrayBuffers;
    const { header, windows, summary } = await records(pieces(), "yamnet");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(24 << 20);
    expect(header.start).toMatchObject({ utc: "2024-05-01T12:00:00.000Z" });
    expect(windows).toHaveLength(5);
    expect(summary.findings).toMatchObject([{ code: "metadata_cut", lost: false }]);
  });

  test("however the bytes are cut, before or behind the audio, the records are the same", async () => {
    const chunks = [
      GUANO,
      chunk("LIST", info({ ICMT: "Recorded at 10:00:00 01/05/2024 (UTC)" })),
      chunk("bext", bext("2024-05-01", "10:00:00")),
    ];
    const short = chunk("data", pcm(0.5, 3));
    const files = [
      riff([...chunks, format, short]),
      riff([format, ...chunks, short]),
      riff([format, short, ...chunks]),
    ];
    const whole = await Promise.all(files.map((file) => records([file], "yamnet")));
    await fc.assert(
      fc.asyncProperty(fc.nat(2), ways(2000), async (which, sizes) => {
        const got = await records(cut(files[which] as Uint8Array, sizes), "yamnet");
        expect(got).toEqual(whole[which]);
      }),
      { numRuns: 25 },
    );
  });
});

describe("XWAV with a gap", () => {
  const [first, second] = [pcm(4.123, 5), pcm(2.7, 6)];
  const files = [
    { at: [2018, 3, 15, 4, 0, 0, 0] as const, bytes: first.length, rate: RATE },
    { at: [2018, 3, 15, 4, 15, 0, 250] as const, bytes: second.length, rate: RATE },
  ];
  const xwav = riff([format, chunk("harp", harp(files)), chunk("data", joinBytes([first, second]))]);
  const rounded = (value: number) => Math.round(value * 1e6) / 1e6;

  test.each(["vggish", "yamnet", "humpback"])("%s: windows as of two recordings, in one count", async (model) => {
    const got = await records([xwav], model);
    const parts = [
      await records([riff([format, chunk("data", first)])], model),
      await records([riff([format, chunk("data", second)])], model),
    ] as const;
    const begins = first.length / 2 / RATE;
    const starts = [Date.UTC(2018, 2, 15, 4), Date.UTC(2018, 2, 15, 4, 15, 0, 250)] as const;
    const expected = parts.flatMap(({ windows }, part) =>
      windows.map((window) => ({
        ...window,
        start: rounded(window.start + (part === 0 ? 0 : begins)),
        end: rounded(window.end + (part === 0 ? 0 : begins)),
        utc: new Date(Math.round((starts[part] as number) + window.start * 1000)).toISOString(),
      })),
    );
    expect(got.windows.length).toBe(expected.length);
    for (const [index, window] of got.windows.entries()) {
      const { embedding, start, end, ...rest } = window;
      const { embedding: reference, start: from, end: to, ...other } = expected[index] as typeof window;
      // The spectrograms are the same bits; the net's batches are others.
      expect(rest).toEqual({ ...other, index });
      expect(start).toBeCloseTo(from, 5);
      expect(end).toBeCloseTo(to, 5);
      expect(embedding.every((value, at) => Math.abs(value - (reference[at] as number)) < 1e-5)).toBe(true);
    }
    expect(got.header.start).toMatchObject({ utc: "2018-03-15T04:00:00.000Z", source: "XWAV", uncertainty: 0.001 });
    expect(got.summary).toMatchObject({
      complete: true,
      seconds: (first.length + second.length) / 2 / RATE,
      findings: [
        { code: "gap", lost: false, seconds: begins, message: expect.stringContaining("2018-03-15T04:15:00.250Z") },
      ],
    });
  });

  test("however the bytes are cut", async () => {
    const whole = await records([xwav], "yamnet");
    await fc.assert(
      fc.asyncProperty(ways(100_000), async (sizes) => {
        // Single bytes of a whole file would take long: runs of some thousands, and single ones around the gap.
        const place = 44 + 8 + 56 + 64 + 8 + first.length;
        const pieces = [
          ...cut(
            xwav.subarray(0, place - 40),
            sizes.map((size) => size + 5000),
          ),
          ...cut(xwav.subarray(place - 40, place + 40), [1]),
          ...cut(
            xwav.subarray(place + 40),
            sizes.map((size) => size + 5000),
          ),
        ];
        const got = await records(pieces, "yamnet");
        expect(got.windows.map(({ start, utc, rms, spectrogram }) => [start, utc, rms, spectrogram])).toEqual(
          whole.windows.map(({ start, utc, rms, spectrogram }) => [start, utc, rms, spectrogram]),
        );
      }),
      { numRuns: 8 },
    );
  });

  test("a file that was cut off before the gap has none", async () => {
    const { summary } = await records([xwav.subarray(0, 60_000)], "yamnet");
    expect(summary.findings.map(({ code }) => code)).not.toContain("gap");
  });
});
