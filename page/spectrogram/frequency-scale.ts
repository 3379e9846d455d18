export const SCALES = ["linear", "log", "mel"] as const;
export type Scale = (typeof SCALES)[number];

/** The part of the band that is shown, Hz, and how it is spread over the height. */
export interface Band {
  readonly scale: Scale;
  readonly low: number;
  readonly high: number;
}

/** Lowest frequency of the logarithmic scale, which has no 0. */
const LOWEST_LOG = 20;

/** O'Shaughnessy's mel scale, as HTK has it. */
const mel = (hertz: number) => 2595 * Math.log10(1 + hertz / 700);
const fromMel = (value: number) => 700 * (10 ** (value / 2595) - 1);

const WARPS: Readonly<Record<Scale, { to(hertz: number): number; from(value: number): number }>> = {
  linear: { to: (hertz) => hertz, from: (value) => value },
  log: { to: (hertz) => Math.log(Math.max(LOWEST_LOG, hertz)), from: Math.exp },
  mel: { to: mel, from: fromMel },
};

/** Where a frequency stands: 0 at the bottom of the picture, 1 at its top. */
export function placeOf(hertz: number, { scale, low, high }: Band): number {
  const { to } = WARPS[scale];
  return (to(hertz) - to(low)) / (to(high) - to(low) || 1);
}

/** The frequency at a place, Hz. */
export function hertzAt(place: number, { scale, low, high }: Band): number {
  const { to, from } = WARPS[scale];
  return from(to(low) + place * (to(high) - to(low)));
}

const ROUND = [1, 2, 5];

/** Frequencies for the axis: at most one in `apart` of the height, round ones. */
export function frequencyTicks(band: Band, apart: number): number[] {
  if (band.scale === "linear") {
    const span = band.high - band.low;
    const step = stepOf(span * apart);
    const first = Math.ceil(band.low / step);
    return Array.from({ length: Math.floor(band.high / step) - first + 1 }, (_, at) => (first + at) * step);
  }
  const ticks: number[] = [];
  for (let decade = 10; decade <= band.high; decade *= 10) {
    for (const unit of ROUND) {
      const hertz = unit * decade;
      if (hertz < band.low || hertz > band.high) continue;
      const last = ticks.at(-1);
      if (last === undefined || placeOf(hertz, band) - placeOf(last, band) >= apart) ticks.push(hertz);
    }
  }
  return ticks;
}

function stepOf(least: number): number {
  const decade = 10 ** Math.floor(Math.log10(least));
  return (ROUND.find((unit) => unit * decade >= least) ?? 10) * decade;
}

/** 250 Hz, 2 kHz, 12.5 kHz. */
export function hertzText(hertz: number): string {
  return hertz < 1000 ? `${Math.round(hertz)} Hz` : `${Number((hertz / 1000).toPrecision(3))} kHz`;
}
