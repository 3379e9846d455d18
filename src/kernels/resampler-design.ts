/**
 * Kaiser-windowed sinc filters for the polyphase resampler, shaped like soxr's VHQ recipe (chirlu/soxr src/soxr.c: pass
 * band to 1 - 0.05 / 0.565 = 0.9115 of the lower Nyquist frequency, stop band from that Nyquist frequency, so nothing
 * folds back). Of all shapes that keep 0.9136 within 0.001 dB and stop 120 dB this one was taken because the edge itself
 * is heard: where a 10 kHz recording goes to 16 kHz, the bands at 5 kHz hold nothing but the filter's skirt, and YAMNet's
 * logarithm shows 2 dB of difference there. With 180 dB the skirt follows VHQ's within 1.5 dB down to -60 dB.
 */

/** The design's pass-band edge, as a part of the lower Nyquist frequency; -6 dB is half-way from it to 1. */
const PASS_EDGE = 0.9115;
/** Up to here, as a part of the lower Nyquist frequency, the response is within 0.001 dB of 1; named in headers. */
export const PASS_BAND = 0.9136;
const ATTENUATION_DB = 180;
/** Kaiser 1974: beta for an attenuation above 50 dB. */
const BETA = 0.1102 * (ATTENUATION_DB - 8.7);
/** Kaiser's length, 1 + (A - 7.95) / (2.285 * transition), for a transition of (1 - PASS_EDGE) / 2 cycles a sample. */
const TAPS_AT_EQUAL_RATE = (ATTENUATION_DB - 7.95) / (2.285 * Math.PI * (1 - PASS_EDGE));

/** A stream has the filters in its memory. Where all would take more than this, they are interpolated between fewer. */
const MAX_BANK_BYTES = 3 * 1024 * 1024;
/** Stored filters an input sample when interpolating, or where these are too many an output sample; the cubic's error is below -140 dB. */
const INTERPOLATION_PHASES = 512;

interface Common {
  /** Output rate / input rate = l / m in lowest terms. */
  readonly l: number;
  readonly m: number;
  /** Taps of one filter, a multiple of 4. Tap j stands over input sample j - (taps / 2 - 1), seen from the output. */
  readonly taps: number;
  /** Floats in a stored row, a multiple of 4. */
  readonly rowLength: number;
  readonly bank: Float32Array<ArrayBuffer>;
}

/** One filter a phase; see assembly/resample.ts for the arrangement in groups of four. */
export interface StoredPhases extends Common {
  readonly kind: "stored";
  readonly groups: number;
  /** Inputs a cycle of all groups. */
  readonly advance: number;
  /** Where each group begins in the cycle, in input samples. */
  readonly starts: Int32Array<ArrayBuffer>;
  /** Where each output's row begins in `bank`. */
  readonly rows: Int32Array<ArrayBuffer>;
}

export interface InterpolatedPhases extends Common {
  readonly kind: "interpolated";
  readonly phases: number;
}

export type ResamplerDesign = StoredPhases | InterpolatedPhases;

const cache = new Map<string, ResamplerDesign>();
const CACHE_SIZE = 8;

/**
 * The filters for `inputRate` to `outputRate` (Hz, positive; an input rate that is no whole number is taken as the nearest
 * ratio of small ones). The last few are kept.
 */
export function designResampler(inputRate: number, outputRate: number): ResamplerDesign {
  const input = ratioOf(inputRate);
  const divisor = gcd(input.numerator, outputRate * input.denominator);
  const l = (outputRate * input.denominator) / divisor;
  const m = input.numerator / divisor;
  const key = `${l}/${m}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = design(l, m);
  const oldest = cache.keys().next();
  if (cache.size >= CACHE_SIZE && !oldest.done) cache.delete(oldest.value);
  cache.set(key, made);
  return made;
}

/** How near a ratio must be to a rate: a thousandth of a second in 11 days. Rates in 16.16 bits are nearer to what they stand for. */
const NEAR = 1e-9;
/** Of a rate that is near to no ratio of small numbers, thousandths of a hertz are kept. */
const LARGEST_DENOMINATOR = 1000;

/** A rate as a ratio of whole numbers, by its continued fraction. */
function ratioOf(rate: number): { readonly numerator: number; readonly denominator: number } {
  let [before, numerator] = [1, Math.floor(rate)];
  let [under, denominator] = [0, 1];
  for (let rest = rate - numerator; Math.abs(numerator / denominator - rate) > NEAR * rate; ) {
    const whole = Math.floor(1 / rest);
    rest = 1 / rest - whole;
    [before, numerator] = [numerator, whole * numerator + before];
    [under, denominator] = [denominator, whole * denominator + under];
    if (denominator > LARGEST_DENOMINATOR) {
      return { numerator: Math.round(rate * LARGEST_DENOMINATOR), denominator: LARGEST_DENOMINATOR };
    }
  }
  return { numerator, denominator };
}

function design(l: number, m: number): ResamplerDesign {
  const ratio = Math.min(1, l / m);
  const taps = 4 * Math.ceil((TAPS_AT_EQUAL_RATE / ratio + 1) / 4);
  const filter = kaiserSinc(taps, ((1 + PASS_EDGE) / 2) * ratio);
  const cycle = lcm(l, 4);
  const advance = (cycle / l) * m;
  const rowLength = taps + 4 * Math.ceil(Math.floor((3 * m) / l + 1) / 4);
  // A filter that stands in several places of a cycle is stored once where each place's row would take too much; its rows
  // then begin in the zeros before it, which costs whole vectors' alignment.
  const front = rowLength - taps;
  const shared = cycle * rowLength * 4 > MAX_BANK_BYTES;
  const stored = shared ? l * (taps + 2 * front) : cycle * rowLength;
  if (stored * 4 <= MAX_BANK_BYTES) {
    const bank = new Float32Array(stored);
    const starts = new Int32Array(cycle / 4);
    const rows = new Int32Array(cycle);
    const firsts = new Int32Array(cycle);
    for (let output = 0; output < cycle; output++) {
      const position = Math.floor((output * m) / l);
      if (output % 4 === 0) starts[output / 4] = position;
      const shift = position - (starts[output >> 2] as number);
      const first = shared ? (output % l) * (taps + 2 * front) + front : output * rowLength + shift;
      rows[output] = first - shift;
      if (output < l) filter(((output * m) % l) / l, bank.subarray(first, first + taps));
      else if (!shared) bank.copyWithin(first, firsts[output % l] as number, (firsts[output % l] as number) + taps);
      firsts[output] = first;
    }
    return { kind: "stored", l, m, taps, rowLength, bank, groups: cycle / 4, advance, starts, rows };
  }
  const fits = (INTERPOLATION_PHASES + 3) * taps * 4 <= MAX_BANK_BYTES;
  const phases = fits ? INTERPOLATION_PHASES : Math.ceil(INTERPOLATION_PHASES * ratio);
  const bank = new Float32Array((phases + 3) * taps);
  for (let row = 0; row < phases + 3; row++) filter((row - 1) / phases, bank.subarray(row * taps, (row + 1) * taps));
  return { kind: "interpolated", l, m, taps, rowLength: taps, bank, phases };
}

/**
 * @param taps  even length, in input samples
 * @param cutoff  the -6 dB point as a part of the input's Nyquist frequency
 * @returns a function that writes the filter for an output that lies `phase` of a sample after tap taps / 2 - 1, with
 *   a gain of exactly 1 at 0 Hz (so that no ripple comes from going through the phases)
 */
function kaiserSinc(taps: number, cutoff: number): (phase: number, row: Float32Array) => void {
  const half = taps / 2;
  const scale = 1 / besselI0(BETA);
  return (phase, row) => {
    const exact = new Float64Array(taps);
    let sum = 0;
    for (let j = 0; j < taps; j++) {
      const t = j - (half - 1) - phase;
      const u = t / half;
      if (Math.abs(u) >= 1) continue;
      const x = Math.PI * cutoff * t;
      const value = (x === 0 ? 1 : Math.sin(x) / x) * besselI0(BETA * Math.sqrt(1 - u * u)) * scale;
      exact[j] = value;
      sum += value;
    }
    for (let j = 0; j < taps; j++) row[j] = (exact[j] as number) / sum;
  };
}

/** Modified Bessel function of the first kind, order 0, by its power series; float64 accurate for 0 <= x <= 20. */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

function lcm(a: number, b: number): number {
  return (a / gcd(a, b)) * b;
}
