import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { afterEach, describe, expect, test, vi } from "vitest";
import { joinBytes } from "../../src/join.ts";
import { NpzWriter, type Spool } from "../../src/output/index.ts";
import { npyHeader } from "../../src/output/npy.ts";
import type { EmbedRecord } from "../../src/records/index.ts";
import { fullWindow, HEADER, recordsWith, summaryOf, timed, windowRecord } from "../support/records.ts";

function memorySpool(): Spool {
  const pieces: Uint8Array[] = [];
  return { push: (bytes) => void pieces.push(bytes.slice()), read: () => pieces };
}

async function archive(records: readonly EmbedRecord[], spool: () => Spool = memorySpool): Promise<Uint8Array> {
  const writer = new NpzWriter(spool);
  for (const record of records) await writer.push(record);
  const pieces: Uint8Array[] = [];
  for await (const piece of writer.finish()) pieces.push(piece);
  return joinBytes(pieces);
}

interface Npy {
  readonly descr: string;
  readonly shape: string;
  readonly body: Uint8Array;
}

/** An .npy file taken apart, its header checked against numpy.lib.format version 1.0. */
function readNpy(bytes: Uint8Array): Npy {
  expect(Array.from(bytes.subarray(0, 8))).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint16(8, true);
  expect((10 + length) % 64).toBe(0);
  const text = new TextDecoder().decode(bytes.subarray(10, 10 + length));
  const parts = /^\{'descr': '([^']+)', 'fortran_order': False, 'shape': (\([^)]*\)), \} *\n$/.exec(text);
  expect(parts).not.toBeNull();
  return { descr: parts?.[1] ?? "", shape: parts?.[2] ?? "", body: bytes.slice(10 + length) };
}

function readArchive(bytes: Uint8Array): Record<string, Npy> {
  return Object.fromEntries(Object.entries(unzipSync(bytes)).map(([name, file]) => [name, readNpy(file)]));
}

const floats = (arrays: readonly (Float32Array | undefined)[]) =>
  new Uint8Array(Float32Array.from(arrays.flatMap((array) => Array.from(array ?? []))).buffer);
const doubles = (values: readonly number[]) => new Uint8Array(Float64Array.from(values).buffer);
const jsonOf = (npy: Npy | undefined) => JSON.parse(new TextDecoder().decode(npy?.body));

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("npy headers", () => {
  test.each([
    [new Float32Array(0), [3, 1024], "<f4", "(3, 1024)"],
    [new Float64Array(0), [7], "<f8", "(7,)"],
    [new Uint8Array(0), [0], "|u1", "(0,)"],
    [new Float32Array(0), [100_000_000, 96, 64], "<f4", "(100000000, 96, 64)"],
  ] as const)("%s %j", (values, shape, descr, tuple) => {
    const { body, ...facts } = readNpy(npyHeader(values, shape));
    expect(facts).toEqual({ descr, shape: tuple });
    expect(body).toHaveLength(0);
  });

  test("every length of shape ends at a multiple of 64", () => {
    for (let axes = 2; axes < 26; axes++) {
      for (const size of [1, 12, 123]) readNpy(npyHeader(new Float32Array(0), [size, ...Array(axes - 1).fill(1)]));
    }
  });
});

describe("npz", () => {
  test("all that was asked for, bit for bit", async () => {
    const records = recordsWith(3, fullWindow);
    const windows = records.filter((record) => record.type === "window");
    const files = readArchive(await archive(records));
    const expected: Record<string, Npy> = {
      "embedding.npy": { descr: "<f4", shape: "(3, 5)", body: floats(windows.map(({ embedding }) => embedding)) },
      "scores.npy": { descr: "<f4", shape: "(3, 3)", body: floats(windows.map(({ scores }) => scores)) },
      "spectrogram.npy": {
        descr: "<f4",
        shape: "(3, 4, 2)",
        body: floats(windows.map(({ spectrogram }) => spectrogram)),
      },
      "start.npy": { descr: "<f8", shape: "(3,)", body: doubles([0, 0.48, 0.96]) },
      "end.npy": { descr: "<f8", shape: "(3,)", body: doubles([0.96, 1.44, 1.92]) },
    };
    const { "header.npy": header, "summary.npy": summary, ...arrays } = files;
    expect(arrays).toEqual(expected);
    expect(header).toMatchObject({ descr: "|u1", shape: `(${header?.body.length},)` });
    expect(jsonOf(header)).toEqual(HEADER);
    expect(jsonOf(summary)).toEqual(summaryOf(3));
  });

  test("only embeddings where nothing else was asked for, and an empty array where there is no window", async () => {
    const plain = readArchive(await archive(recordsWith(2, windowRecord)));
    expect(Object.keys(plain).sort()).toEqual(["embedding.npy", "end.npy", "header.npy", "start.npy", "summary.npy"]);
    const none = readArchive(await archive(recordsWith(0, windowRecord)));
    expect(none["embedding.npy"]).toEqual({ descr: "<f4", shape: "(0, 5)", body: new Uint8Array(0) });
    expect(none["start.npy"]).toEqual({ descr: "<f8", shape: "(0,)", body: new Uint8Array(0) });
  });

  test("further outputs under their names; no spectrogram of a model that has none", async () => {
    const { spectrogram: _, ...rest } = HEADER;
    const header = { ...rest, outputs: [{ name: "notes", role: "other", shape: [2, 3] }] };
    const notes = Float32Array.of(1, 2, 3, 4, 5, 6);
    const windows = [0, 1].map((index) => windowRecord(index, { outputs: { notes } }));
    const files = readArchive(await archive([header, ...windows, summaryOf(2)]));
    const names = ["embedding.npy", "end.npy", "header.npy", "outputs.notes.npy", "start.npy", "summary.npy"];
    expect(Object.keys(files).sort()).toEqual(names);
    expect(files["outputs.notes.npy"]).toEqual({ descr: "<f4", shape: "(2, 2, 3)", body: floats([notes, notes]) });
  });

  test("utc where the start is known: datetime64 in milliseconds", async () => {
    const records = timed(recordsWith(3, windowRecord));
    const { "utc.npy": utc } = readArchive(await archive(records));
    expect(utc).toMatchObject({ descr: "<M8[ms]", shape: "(3,)" });
    const began = Date.UTC(2024, 4, 1, 12);
    expect(Array.from(new BigInt64Array(utc?.body.slice().buffer as ArrayBuffer), Number)).toEqual([
      began,
      began + 480,
      began + 960,
    ]);
    const none = readArchive(await archive(timed(recordsWith(0, windowRecord))));
    expect(none["utc.npy"]).toMatchObject({ descr: "<M8[ms]", shape: "(0,)" });
  });

  test("a result that failed on the way has what came, and no summary", async () => {
    const files = readArchive(await archive([HEADER, windowRecord(0)]));
    expect(files["embedding.npy"]?.shape).toBe("(1, 5)");
    expect(jsonOf(files["summary.npy"])).toBeNull();
  });

  test("nothing at all where not even a header came", async () => {
    expect(await archive([])).toHaveLength(0);
  });

  test("rows may be views into larger arrays, and a spool may give them in other pieces", async () => {
    const large = Float32Array.from({ length: 20 }, (_, at) => at + 0.5);
    const record = windowRecord(0, { embedding: large.subarray(7, 12) });
    const spool = (): Spool => {
      const bytes: number[] = [];
      return {
        push: async (row) => void bytes.push(...row),
        async *read() {
          for (const byte of bytes) yield Uint8Array.of(byte);
        },
      };
    };
    const files = readArchive(await archive([HEADER, record, summaryOf(1)], spool));
    expect(files["embedding.npy"]?.body).toEqual(floats([Float32Array.of(7.5, 8.5, 9.5, 10.5, 11.5)]));
  });

  test.each(["America/Los_Angeles", "UTC", "Pacific/Auckland"])(
    "the same records give the same bytes in %s",
    async (zone) => {
      const expected = await archive(recordsWith(2, fullWindow));
      vi.stubEnv("TZ", zone);
      expect(new Date("1980-01-01T00:00:00Z").getFullYear()).toBe(zone === "America/Los_Angeles" ? 1979 : 1980);
      expect(await archive(recordsWith(2, fullWindow))).toEqual(expected);
    },
  );

  test("NumPy reads it", async (context) => {
    const probe = spawnSync("python3", ["-c", "import numpy"]);
    if (probe.status !== 0) {
      console.warn("Skipped: reading the .npz with NumPy, because there is no python3 with numpy here.");
      context.skip();
    }
    const folder = mkdtempSync(join(tmpdir(), "orca-embeddings-npz-"));
    try {
      const path = join(folder, "out.npz");
      const records = timed(recordsWith(3, fullWindow));
      writeFileSync(path, await archive(records));
      const script = `
import json, sys, numpy
z = numpy.load(sys.argv[1])
print(json.dumps({k: [str(z[k].dtype), list(z[k].shape), z[k].astype("float64").ravel().tolist()] for k in z.files}))`;
      const { stdout, stderr } = spawnSync("python3", ["-c", script, path], { encoding: "utf8" });
      expect(stderr).toBe("");
      const seen = JSON.parse(stdout) as Record<string, [dtype: string, shape: number[], values: number[]]>;
      const windows = records.filter((record) => record.type === "window");
      const all = (key: "embedding" | "scores" | "spectrogram") =>
        windows.flatMap((record) => [...(record[key] ?? [])]);
      expect(seen.embedding).toEqual(["float32", [3, 5], all("embedding")]);
      expect(seen.scores).toEqual(["float32", [3, 3], all("scores")]);
      expect(seen.spectrogram).toEqual(["float32", [3, 4, 2], all("spectrogram")]);
      expect(seen.start).toEqual(["float64", [3], [0, 0.48, 0.96]]);
      const began = Date.UTC(2024, 4, 1, 12);
      expect(seen.utc).toEqual(["datetime64[ms]", [3], [began, began + 480, began + 960]]);
      expect(String.fromCharCode(...(seen.header?.[2] ?? []))).toBe(JSON.stringify(records[0]));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
