/**
 * A synthesised underwater scene: pulsed calls with harmonics and frequency steps like an orca's, echolocation clicks
 * and a passing ship. No recording is in it, so it can be shipped, and the same seed gives the same samples.
 * The call's shape follows what is written of southern resident calls (Ford 1987: pulse rates of 0.5 to 1.5 kHz with
 * abrupt steps, and a separate high component near 5 to 8 kHz); it is an illustration, not a model.
 */

export const SCENE_RATE = 48_000;
export const SCENE_SECONDS = 24;

/** Samples in [-1, 1), mono, SCENE_RATE Hz. */
export function orcaScene(seconds: number = SCENE_SECONDS): Float32Array {
  const out = new Float32Array(Math.round(seconds * SCENE_RATE));
  const random = generator(0x0a2c4);
  addShip(out, random, seconds * 0.55);
  for (let start = 1.2, at = 0; start + 2 < seconds; start += 3.1, at++) addCall(out, start, at % 3);
  for (let start = 2.6; start + 2 < seconds; start += 6.4) addClicks(out, random, start);
  return out;
}

/** 32-bit xorshift as a uniform number in [-1, 1). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2147483648;
  };
}

/** Steps of three calls: seconds into the call, and the pulse rate (Hz) that holds from there. */
const CALLS: readonly (readonly (readonly [at: number, hertz: number])[])[] = [
  [
    [0, 620],
    [0.12, 980],
    [0.55, 1240],
    [0.95, 760],
  ],
  [
    [0, 1400],
    [0.25, 1050],
    [0.7, 1550],
  ],
  [
    [0, 840],
    [0.4, 900],
    [0.45, 1320],
    [1.0, 1320],
    [1.05, 700],
  ],
];

function addCall(out: Float32Array, start: number, kind: number): void {
  const steps = CALLS[kind] as (typeof CALLS)[number];
  const length = 1.3;
  let low = 0;
  let high = 0;
  for (let i = 0; i < length * SCENE_RATE; i++) {
    const t = i / SCENE_RATE;
    const step = steps.findLastIndex(([at]) => at <= t);
    const [at, hertz] = steps[step] as readonly [number, number];
    const before = (steps[step - 1] ?? steps[0])?.[1] as number;
    // The voice glides for 30 ms into each step, then bends up by 4 %.
    const glide = Math.min(1, (t - at) / 0.03);
    const pitch = (before + (hertz - before) * glide) * (1 + 0.04 * (t - at));
    low += (2 * Math.PI * pitch) / SCENE_RATE;
    high += (2 * Math.PI * (5600 + 900 * Math.sin(2 * Math.PI * 0.8 * t))) / SCENE_RATE;
    const envelope = Math.min(1, t / 0.02, (length - t) / 0.08);
    let value = 0.25 * Math.sin(high);
    for (let harmonic = 1; harmonic <= 8; harmonic++)
      value += Math.sin(harmonic * low) / (0.6 + Math.abs(harmonic - 3));
    add(out, start, i, 0.06 * envelope * value);
  }
}

/** A train of clicks: 2 ms bursts at 12 kHz, 22 of them, coming faster towards the end. */
function addClicks(out: Float32Array, random: () => number, start: number): void {
  let at = start;
  for (let click = 0; click < 22; click++) {
    for (let i = 0; i < 0.002 * SCENE_RATE; i++) {
      const t = i / SCENE_RATE;
      add(
        out,
        at,
        i,
        0.35 * Math.exp(-t * 2200) * Math.sin(2 * Math.PI * 12_000 * t) + 0.02 * Math.exp(-t * 2200) * random(),
      );
    }
    at += 0.09 * 0.94 ** click + 0.004;
  }
}

/** Cavitation noise that swells and ebbs around `closest` seconds, with blade-rate beats and engine lines. */
function addShip(out: Float32Array, random: () => number, closest: number): void {
  let rumble = 0;
  for (let i = 0; i < out.length; i++) {
    const t = i / SCENE_RATE;
    const range = Math.hypot(1, (t - closest) / 5);
    rumble += 0.02 * (random() - rumble);
    const blades = 1 + 0.4 * Math.sin(2 * Math.PI * 7.5 * t);
    const lines =
      Math.sin(2 * Math.PI * 120 * t) + 0.6 * Math.sin(2 * Math.PI * 240 * t) + 0.3 * Math.sin(2 * Math.PI * 361 * t);
    const near = (0.25 * rumble + 0.006 * random()) * blades + 0.012 * lines;
    // The sea's own noise is always there.
    out[i] = (out[i] as number) + near / range + 0.0015 * random();
  }
}

function add(out: Float32Array, start: number, offset: number, value: number): void {
  const at = Math.round(start * SCENE_RATE) + offset;
  if (at < out.length) out[at] = (out[at] as number) + value;
}
