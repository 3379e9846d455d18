import { decode } from "fast-png";
import { describe, expect, test } from "vitest";
import { magma, spectrogramPng } from "../../src/output/index.ts";

/** The colour at column `x`, row `y` from the top. */
function pixel(png: ReturnType<typeof decode>, x: number, y: number): number[] {
  const at = (y * png.width + x) * png.channels;
  return Array.from(png.data.subarray(at, at + 3));
}

describe("a spectrogram as a picture", () => {
  test("a pixel a frame and band, time to the right, low bands at the bottom", () => {
    // Three frames of two bands.
    const png = decode(spectrogramPng(Float32Array.of(-2, 0, 1, 1, 2, -1), 2));
    expect(png).toMatchObject({ width: 3, height: 2, channels: 3, depth: 8 });
    const colours = [0, 1, 2].map((x) => [pixel(png, x, 1), pixel(png, x, 0)]);
    // The background is black: the quieter band's median, 0.
    const shades = [-2, 0, 1, 1, 2, -1].map((value) => [...magma(value / 2)]);
    expect(colours).toEqual([
      [shades[0], shades[1]],
      [shades[2], shades[3]],
      [shades[4], shades[5]],
    ]);
  });

  test("a window of each model", () => {
    expect(decode(spectrogramPng(new Float32Array(96 * 64).fill(-6.9), 64))).toMatchObject({ width: 96, height: 64 });
    expect(decode(spectrogramPng(new Float32Array(128 * 64), 64))).toMatchObject({ width: 128, height: 64 });
  });

  test("silence is one colour: the darkest", () => {
    const png = decode(spectrogramPng(new Float32Array(12).fill(-4.6), 4));
    expect(new Set(Array.from({ length: 12 }, (_, at) => String(pixel(png, at % 3, Math.floor(at / 3)))))).toEqual(
      new Set([String(magma(0))]),
    );
  });
});

describe("magma", () => {
  test("ends, stops, and values beyond the ends", () => {
    expect(magma(0)).toEqual([0, 0, 4]);
    expect(magma(1)).toEqual([0xfc, 0xfd, 0xbf]);
    expect(magma(0.5)).toEqual([0xb7, 0x37, 0x79]);
    expect(magma(-3)).toEqual(magma(0));
    expect(magma(7)).toEqual(magma(1));
  });

  test("lightness rises all the way, so that louder is brighter", () => {
    const luminance = (value: number) => {
      const [red, green, blue] = magma(value);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    for (let step = 1; step <= 50; step++) expect(luminance(step / 50)).toBeGreaterThan(luminance((step - 1) / 50));
  });
});
