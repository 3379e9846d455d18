import { describe, expect, test } from "vitest";
import { similar } from "../../page/analysis/similar.ts";
import { PartsSound, partOf } from "../../page/audio/parts-sound.ts";
import { Stretcher } from "../../page/audio/stretcher.ts";
import type { KeptLabels, LabelStore } from "../../page/labels/label-store.ts";
import { Labels } from "../../page/labels/labels.ts";
import { tableRows } from "../../page/labels/table-rows.ts";
import { fingerprint } from "../../page/session/fingerprint.ts";
import { newRecording } from "../../page/session/recording.ts";
import { frequencyTicks, hertzAt, placeOf, SCALES } from "../../page/spectrogram/frequency-scale.ts";
import { TileMaker } from "../../page/spectrogram/make-tile.ts";
import { dbOf } from "../../page/spectrogram/spectrum.ts";
import { COLUMNS, columnSeconds, levelFor, type Picture, ROWS } from "../../page/spectrogram/tile.ts";
import { drawsNearer, pixelPositions } from "../../page/views/plane.ts";
import { joinFloats } from "../../src/join.ts";
import { type Annotation, annotationLines } from "../../src/labels/index.ts";

const RATE = 32_000;
/** A sine of half of full scale on a constant offset. */
const sine = (hertz: number, seconds: number, offset = 0) =>
  Float32Array.from({ length: RATE * seconds }, (_, at) => offset + 0.5 * Math.sin((2 * Math.PI * hertz * at) / RATE));
const soundOf = (samples: Float32Array) => {
  const sound = new PartsSound(RATE);
  for (let at = 0; at < samples.length; at += 10_000)
    sound.push(partOf(Int16Array.from(samples.subarray(at, at + 10_000), (value) => Math.round(32768 * value))));
  return sound;
};
const picture: Picture = { fft: 1024, overlap: 0.75, scale: "linear", low: 0, high: RATE / 2 };

describe("frequencies", () => {
  test.each(SCALES)("%s: a place and its frequency are each other's, and ticks are apart", (scale) => {
    const band = { scale, low: scale === "log" ? 20 : 0, high: 24_000 };
    for (const hertz of [30, 440, 7000, 23_999]) expect(hertzAt(placeOf(hertz, band), band)).toBeCloseTo(hertz, 6);
    const places = frequencyTicks(band, 0.08).map((hertz) => placeOf(hertz, band));
    expect(places.length).toBeGreaterThan(4);
    for (const [at, place] of places.entries())
      if (at > 0) expect(place - (places[at - 1] as number)).toBeGreaterThan(0.079);
  });
});

describe("tiles", () => {
  const loudest = (values: Uint8Array, column: number) => {
    let best = 0;
    for (let row = 0; row < ROWS; row++)
      if ((values[row * COLUMNS + column] as number) > (values[best * COLUMNS + column] as number)) best = row;
    return best;
  };

  test.each([
    [0, false, 4],
    [3, false, 4],
    [9, false, 40],
    [13, false, 200],
    [13, true, 200],
  ])(
    "level %i, rough %j: a sine stands at its frequency and its level, the wave about its mean",
    async (level, rough, seconds) => {
      const tile = await new TileMaker().make(soundOf(sine(5000, seconds, 0.1)), {
        key: "",
        sound: "",
        picture,
        level,
        index: 0,
        rough,
      });
      expect(tile.columns).toBe(Math.min(COLUMNS, Math.ceil(seconds / columnSeconds(picture, RATE, level))));
      const column = Math.floor(tile.columns / 2);
      const row = loudest(tile.values, column);
      expect(Math.abs(hertzAt((row + 0.5) / ROWS, picture) - 5000)).toBeLessThan(RATE / 1024);
      // Half of full scale, as loud as a bin between two allows (Hann's scalloping is 1.4 dB).
      const db = dbOf(tile.values[row * COLUMNS + column] as number);
      expect(db).toBeGreaterThan(-8);
      expect(db).toBeLessThan(-5.5);
      expect(tile.mean).toBeCloseTo(0.1, 2);
      expect(tile.wave[2 * column]).toBeCloseTo(-0.4, 1);
      expect(tile.wave[2 * column + 1]).toBeCloseTo(0.6, 1);
    },
  );

  test("the level whose columns are about a pixel wide", () => {
    expect(levelFor(picture, RATE, 0.001)).toBe(0);
    expect(levelFor(picture, RATE, 0.008 * 32)).toBe(5);
  });
});

test("half as fast at the same pitch, however the sound is cut", () => {
  const whole = sine(1000, 2);
  const stretched = (cuts: number) => {
    const stretcher = new Stretcher(RATE, 0.5);
    const out: Float32Array[] = [];
    for (let at = 0; at < whole.length; at += cuts)
      out.push(stretcher.push(whole.subarray(at, at + cuts), at + cuts >= whole.length));
    return joinFloats(out);
  };
  const at = stretched(whole.length);
  expect(at.length / whole.length).toBeCloseTo(2, 1);
  expect(stretched(9600)).toEqual(at);
  const middle = at.slice(RATE, 2 * RATE);
  const crossings = middle.filter((value, i) => i > 0 && value >= 0 && (middle[i - 1] as number) < 0).length;
  expect(crossings).toBeGreaterThan(985);
  expect(crossings).toBeLessThan(1015);
  expect(middle.every((value) => Math.abs(value) < 0.56)).toBe(true);
});

describe("labels", () => {
  const teller = { changed: () => {}, say: () => {}, fail: () => {} };
  const kept = new Map<string, KeptLabels>();
  const store = {
    read: async (id: string) => kept.get(id),
    all: async () => [...kept.values()],
    write: async (labels: KeptLabels) => void kept.set(labels.id, labels),
  } as unknown as LabelStore;
  const label = (start: number, kind: Annotation["kind"] = "positive"): Annotation => ({
    recording: "a",
    start,
    end: start + 1,
    label: "orca",
    kind,
    by: "me",
  });

  test("are said once, change their kind, and every step is taken back and done again", async () => {
    const labels = new Labels(store, teller);
    await labels.came(newRecording("a", "a.wav", new Blob(["x"])));
    expect(labels.add([label(1), label(3)])).toBe(2);
    expect(labels.add([label(1)])).toBe(0);
    labels.add([label(1, "negative")]);
    expect(labels.of("a").map(({ start, kind }) => [start, kind])).toEqual([
      [1, "negative"],
      [3, "positive"],
    ]);
    labels.undo();
    expect(labels.of("a").map(({ kind }) => kind)).toEqual(["positive", "positive"]);
    labels.undo();
    expect([labels.count, labels.canUndo]).toEqual([0, false]);
    labels.redo();
    labels.redo();
    expect(labels.of("a").map(({ kind }) => kind)).toEqual(["negative", "positive"]);
    expect(labels.in("a", 1.5, 1.6).length).toBe(1);
    await Promise.resolve();
    // Another page finds them by the recording's bytes.
    const again = new Labels(store, teller);
    await again.came(newRecording("a", "called otherwise.wav", new Blob(["x"])));
    expect(again.of("a")).toEqual(labels.of("a"));
  });

  test("a table's rows are read as they were written", () => {
    const text = [...annotationLines([{ ...label(1.5), note: 'a "loud", one' }], "csv")].join("");
    const { rows, delimiter } = tableRows(text, "labels.csv");
    expect(delimiter).toBe(",");
    expect(rows[1]?.fields.slice(0, 8)).toEqual(["a", "1.5", "2.5", "orca", "positive", "me", "", 'a "loud", one']);
    expect(tableRows("a;b\n1,5;2\n\n", "x.csv")).toMatchObject({
      delimiter: ";",
      rows: [{}, { fields: ["1,5", "2"] }],
    });
  });
});

test("a file is known by its bytes, wherever they differ", async () => {
  const bytes = new Uint8Array(300_000).map((_, at) => at % 251);
  const id = await fingerprint(new Blob([bytes]));
  expect(id).toMatch(/^[0-9a-f]{16}$/);
  expect(await fingerprint(new Blob([bytes.slice()]))).toBe(id);
  for (const at of [0, 150_100, 299_999]) {
    const other = bytes.slice();
    other[at] = 255;
    expect(await fingerprint(new Blob([other]))).not.toBe(id);
  }
  expect(await fingerprint(new Blob([bytes.subarray(0, 299_999)]))).not.toBe(id);
});

test("the mean direction of some rows, what is like it, and an order of what is not alike", () => {
  const rows = Float32Array.of(1, 0, 10, 0.1, 0, 2, -1, 0, 0, 0);
  const scores = similar.scores(rows, similar.query(Float32Array.of(1, 0, 0, 2), 2));
  expect([...scores]).toEqual(
    [Math.SQRT1_2, 0.714, Math.SQRT1_2, -Math.SQRT1_2, 0].map((value) => expect.closeTo(value, 3)),
  );
  expect(similar.diverse(rows.subarray(0, 8), 2, 3)).toEqual([0, 3, 2]);
});

test("one stray point does not squeeze the others, and stays in the picture, in its order", () => {
  const positions = Float32Array.from({ length: 402 }, (_, at) => Math.sin(at * 12.9898) * 1);
  positions.set([1000, 0], 400);
  const area = { x: 0, y: 0, width: 400, height: 300 };
  const pixels = pixelPositions(positions, area);
  expect(drawsNearer(positions)).toBe(true);
  expect(drawsNearer(positions.subarray(0, 400))).toBe(false);
  const across = Array.from({ length: 200 }, (_, point) => pixels[2 * point] as number);
  expect(Math.max(...across) - Math.min(...across)).toBeGreaterThan(100);
  expect(pixels[400]).toBeGreaterThan(Math.max(...across));
  expect(pixels[400]).toBeLessThanOrEqual(400);
});
