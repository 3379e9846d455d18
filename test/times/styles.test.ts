import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { startOfName, timesOf } from "../../src/times/index.ts";
import { isUsedOffset } from "../../src/times/zone.ts";
import { FUZZ_RUNS } from "../support/mutations.ts";
import { type Moment, STYLES } from "./support/name-styles.ts";

/** Every offset that clocks have, minutes. */
const ZONES = Array.from({ length: 26 * 4 + 1 }, (_, at) => (at - 12 * 4) * 15).filter(isUsedOffset);
const FARTHEST = 14 * 3600;
const PREFIXES = [
  "PILLIGA",
  "NW3-010793",
  "SM301297",
  "S4A01234",
  "NRS",
  "site 7",
  "ST_2",
  "orca",
  "A",
  "M06",
  "PAM1",
  "Day2",
];

/** Years in which clocks without a battery are not taken to stand, and of which names are. */
const moment: fc.Arbitrary<Moment> = fc.record({
  utc: fc.integer({ min: Date.UTC(2017, 0, 2), max: Date.UTC(2029, 0, 1) }),
  zone: fc.constantFrom(...ZONES),
  prefix: fc.constantFrom(...PREFIXES),
  count: fc.nat(9999),
  length: fc.integer({ min: 0, max: 86_400_000 }),
});

describe.each(STYLES)("$whose: the moment is within the uncertainty, always", (style) => {
  const whole = (zone: number) =>
    /two digits/.test(style.whose) && style.clock === "stated" ? Math.trunc(zone / 60) * 60 : zone;

  test("of a name alone", () => {
    fc.assert(
      fc.property(moment, (made) => {
        const one = { ...made, zone: whole(made.zone) };
        const name = style.name(one);
        const start = startOfName(name);
        const away = Math.abs((start?.utc ?? Number.NaN) - one.utc) / 1000;
        const most = style.within(one) + (style.clock === "local" ? FARTHEST : 0);
        expect({ name, inside: away <= (start?.uncertainty ?? -1) + 1e-6 }).toEqual({ name, inside: true });
        // And it is no wider than what the style leaves open.
        expect({ name, narrow: (start?.uncertainty ?? Number.NaN) <= most + 1e-6 }).toEqual({ name, narrow: true });
      }),
      { numRuns: FUZZ_RUNS },
    );
  });

  test("and with the recorder's zone", () => {
    fc.assert(
      fc.property(moment, fc.boolean(), (made, zoneOverrules) => {
        // What states a wrong zone is overruled by the right one.
        const one = { ...made, zone: whole(made.zone) };
        const audio = { rate: 48_000, channels: 1, frameBytes: 2 };
        const zone = style.clock === "utc" ? 0 : one.zone;
        const { start } = timesOf({ blocks: [], audio, file: style.name(one), zone, zoneOverrules });
        const away = Math.abs((start?.utc ?? Number.NaN) - one.utc) / 1000;
        expect(away).toBeLessThanOrEqual((start?.uncertainty ?? -1) + 1e-6);
        expect(start?.uncertainty).toBeLessThanOrEqual(style.within(one) + 1e-6);
      }),
      { numRuns: FUZZ_RUNS },
    );
  });
});
