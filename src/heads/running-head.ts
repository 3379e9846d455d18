import { type Calibration, probability } from "./calibration.ts";
import type { EventRule } from "./event-rule.ts";
import type { Head } from "./head.ts";

/** A class as it runs: at one site, with the user's wishes. */
export interface RunningClass {
  readonly name: string;
  readonly threshold: number;
  readonly calibration: Calibration | undefined;
  readonly rule: EventRule;
  readonly low?: number;
  readonly high?: number;
}

/** What a user chose beside the heads. */
export interface RunningOptions {
  /** Where the hydrophone lies: heads may have thresholds, calibrations and noise of their own for it. */
  readonly site?: string | undefined;
  /** In the place of the heads' own rules, field by field. */
  readonly events?: Partial<EventRule> | undefined;
  /** In the place of the heads' own, by class, or by `HEAD/CLASS`. */
  readonly thresholds?: Readonly<Record<string, number>> | undefined;
}

/** No rule: every window from the threshold on is an event with its neighbours. */
const PLAIN: EventRule = { shortest: 0, gap: 0, windows: 1 };

/** The classes of a head at a site. */
export function runningClasses(head: Head, { site, events, thresholds }: RunningOptions): RunningClass[] {
  return head.classes.map(({ name, threshold, calibration, low, high }) => {
    const own = site === undefined ? undefined : head.sites?.[site]?.[name];
    return {
      name,
      threshold: thresholds?.[`${head.id}/${name}`] ?? thresholds?.[name] ?? own?.threshold ?? threshold,
      calibration: own?.calibration ?? calibration,
      rule: { ...PLAIN, ...head.events, ...events },
      ...(low === undefined ? {} : { low }),
      ...(high === undefined ? {} : { high }),
    };
  });
}

/** The noises that a head knows at a site: those of every place, and of this one. */
export const noisesAt = (head: Head, site: string | undefined) =>
  head.noise.filter((noise) => noise.site === undefined || noise.site === site);

/** The name of the noise that an embedding is one of. */
export function noiseIn(embedding: Float32Array, noises: ReturnType<typeof noisesAt>): string | undefined {
  if (noises.length === 0) return undefined;
  let squares = 0;
  for (const value of embedding) squares += value * value;
  const length = Math.sqrt(squares);
  return noises.find(({ centre, nearest }) => {
    let sum = 0;
    for (let d = 0; d < centre.length; d++) sum += (centre[d] as number) * (embedding[d] as number);
    return sum >= nearest * length;
  })?.name;
}

export const probabilityOf = (logit: number, { calibration }: RunningClass) => probability(logit, calibration);
