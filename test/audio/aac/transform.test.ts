import { describe, expect, it } from "vitest";
import { noise } from "../../support/recordings.ts";
import { aacModule } from "./support/module.ts";

interface Parts {
  readonly memory: WebAssembly.Memory;
  alloc(bytes: number): number;
  newTransform(size: number): number;
  transform(transform: number, left: number, right: number, out: number): number;
  longSlope(shape: number, steep: number): number;
  shortSlope(shape: number): number;
}

const parts = new WebAssembly.Instance(aacModule, {}).exports as unknown as Parts;
const doubles = (at: number, length: number) => new Float64Array(parts.memory.buffer, at, length);

/** u[m] of assembly/aac/transform.ts, by its definition, at the standard's scale 2/N and full scale 1. */
function directly(spectrum: Float64Array): Float64Array {
  const size = spectrum.length;
  // cos(pi / M (m + 1/2) (k + 1/2)) has a period of 8M in (2m + 1)(2k + 1).
  const cosines = Float64Array.from({ length: 8 * size }, (_, i) => Math.cos((Math.PI * i) / (4 * size)));
  return Float64Array.from({ length: size }, (_, m) => {
    let sum = 0;
    for (let k = 0; k < size; k++)
      sum += (spectrum[k] as number) * (cosines[((2 * m + 1) * (2 * k + 1)) % (8 * size)] as number);
    return sum / size / 32768;
  });
}

describe("the inverse MDCT", () => {
  for (const size of [1024, 128]) {
    it(`of ${size} lines equals the sum that defines it, for two channels at once`, () => {
      const transform = parts.newTransform(size);
      const [left, right, out] = [parts.alloc(size * 8), parts.alloc(size * 8), parts.alloc(size * 16)];
      const spectra = [1, 2].map((seed) => Float64Array.from(noise(size, seed), (x) => x * 32768));
      doubles(left, size).set(spectra[0] as Float64Array);
      doubles(right, size).set(spectra[1] as Float64Array);
      const peak = parts.transform(transform, left, right, out);
      const expected = spectra.map(directly);
      let [worst, largest] = [0, 0];
      for (let m = 0; m < size; m++) {
        for (let lane = 0; lane < 2; lane++) {
          const value = expected[lane]?.[m] as number;
          largest = Math.max(largest, Math.abs(value));
          worst = Math.max(worst, Math.abs((doubles(out, size * 2)[2 * m + lane] as number) - value));
        }
      }
      // float64 throughout: about log2(M) roundings of 1e-16 each, relative to the largest.
      expect(worst / largest).toBeLessThan(1e-14);
      expect(peak).toBeCloseTo(largest, 12);
    });
  }
});

/** I0 by its integral, which shares nothing with the series in the decoder. */
function bessel(x: number): number {
  const steps = 2000;
  let sum = 0;
  for (let i = 0; i < steps; i++) sum += Math.exp(x * Math.cos((Math.PI * (i + 0.5)) / steps));
  return sum / steps;
}

function kaiserBessel(length: number, alpha: number): Float64Array {
  const kaiser = Float64Array.from({ length: length + 1 }, (_, n) =>
    bessel(Math.PI * alpha * Math.sqrt(1 - ((n - length / 2) / (length / 2)) ** 2)),
  );
  const whole = kaiser.reduce((sum, value) => sum + value, 0);
  let sum = 0;
  return Float64Array.from({ length }, (_, n) => {
    sum += kaiser[n] as number;
    return Math.sqrt(sum / whole);
  });
}

const sine = (length: number) => Float64Array.from({ length }, (_, n) => Math.sin((Math.PI / 2 / length) * (n + 0.5)));

describe("windows", () => {
  const long = (shape: number, steep: number) => doubles(parts.longSlope(shape, steep), 1024);
  const short = (shape: number) => doubles(parts.shortSlope(shape), 128);
  const shapes: [string, Float64Array, Float64Array][] = [
    ["sine, long", long(0, 0), sine(1024)],
    ["sine, short", short(0), sine(128)],
    ["Kaiser-Bessel, long", long(1, 0), kaiserBessel(1024, 4)],
    ["Kaiser-Bessel, short", short(1), kaiserBessel(128, 6)],
  ];

  it.each(shapes)("%s: equals its formula", (_, actual, expected) => {
    for (const [n, value] of expected.entries()) expect(Math.abs((actual[n] as number) - value)).toBeLessThan(1e-13);
  });

  it.each([
    ...shapes.map(([name, slope]) => [name, slope] as const),
    ["start and stop, sine", long(0, 1)] as const,
    ["start and stop, Kaiser-Bessel", long(1, 1)] as const,
  ])("%s: the squares of both halves add up to 1, so that overlapping gives back the sound", (_, slope) => {
    for (let n = 0; n < slope.length; n++) {
      expect((slope[n] as number) ** 2 + (slope[slope.length - 1 - n] as number) ** 2).toBeCloseTo(1, 13);
    }
  });

  it("the slope from and to short windows is theirs, between 448 zeros and 448 ones", () => {
    for (const shape of [0, 1]) {
      expect(Array.from(long(shape, 1))).toEqual([
        ...new Array(448).fill(0),
        ...short(shape),
        ...new Array(448).fill(1),
      ]);
    }
  });
});
