import { readFileSync } from "node:fs";
import { decode } from "fast-png";
import { expect, test } from "vitest";
import { magma, soundPicture } from "../../src/output/index.ts";

const kernels = new WebAssembly.Module(readFileSync(new URL("../../build/kernels.wasm", import.meta.url)));
const RATE = 16_000;
const tone = (hertz: number, seconds: number) =>
  Float32Array.from({ length: RATE * seconds }, (_, at) => 0.5 * Math.sin((2 * Math.PI * hertz * at) / RATE));

/** Rows within the axes, from the top, in which a column has its brightest pixel. */
function brightest(bytes: Uint8Array, column: number): number {
  const { width, data } = decode(bytes);
  const green = Array.from({ length: 256 }, (_, row) => data[((28 + row) * width + 64 + column) * 3 + 1] as number);
  return green.indexOf(Math.max(...green));
}

test("a tone lies at its frequency, evenly between 0 and the highest, within axes", () => {
  const whole = soundPicture(kernels, { samples: tone(6000, 2), rate: RATE, start: 12.5 }) as Uint8Array;
  expect(decode(whole)).toMatchObject({ width: 64 + 560 + 40, height: 28 + 256 + 30, channels: 3 });
  expect(Math.abs(brightest(whole, 200) - 64)).toBeLessThanOrEqual(1);
  const lower = soundPicture(kernels, { samples: tone(1000, 2), rate: RATE, start: 0, highest: 4000 }) as Uint8Array;
  expect(Math.abs(brightest(lower, 200) - 192)).toBeLessThanOrEqual(1);
});

test("an hour is as wide as a moment, which is not lost, and nothing has no picture", () => {
  const long = soundPicture(kernels, { samples: tone(100, 60), rate: RATE, start: 0 }) as Uint8Array;
  expect(decode(long).width).toBe(64 + 560 + 40);
  const click = soundPicture(kernels, { samples: Float32Array.of(0, 1, 0), rate: 200_000, start: 0 }) as Uint8Array;
  expect(decode(click).width).toBe(64 + 560 + 40);
  expect(soundPicture(kernels, { samples: new Float32Array(0), rate: RATE, start: 0 })).toBeUndefined();
});

test("silence is dark", () => {
  const { data, width } = decode(
    soundPicture(kernels, { samples: new Float32Array(RATE), rate: RATE, start: 0 }) as Uint8Array,
  );
  expect(Array.from(data.subarray((100 * width + 100) * 3, (100 * width + 101) * 3))).toEqual([...magma(0)]);
});
