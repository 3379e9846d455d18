import { AUDIOMOTH_COMMENT } from "./audiomoth.ts";
import { stampUtc } from "./iso-time.ts";
import type { Claim, Start } from "./types.ts";
import { FARTHEST_ZONE, placed, type Zone, zoneText } from "./zone.ts";

/** How a caller says the zone of stamps. */
export interface ZoneChoice {
  readonly zone: Zone;
  /** Whether it goes before what recordings and their makers state, because that is known to be wrong. */
  readonly overrules: boolean;
}

const UNKNOWN = FARTHEST_ZONE * 3600;

/** A claim as a start, with the zone that it has, that was given, or UTC. */
export function started(claim: Claim, choice: ZoneChoice | undefined): Start {
  const { source, wall, offset, resolution, zone, doubt = 0, counted, notes } = claim;
  const utc = stampUtc(claim);
  const as = (start: Omit<Start, "source" | "assumed">, ...assumed: readonly string[]): Start => {
    const said = [...assumed, ...notes].join(" ");
    return { utc: start.utc, source, uncertainty: start.uncertainty, ...(said === "" ? {} : { assumed: said }) };
  };
  if (choice !== undefined && !counted && (zone === "unknown" || choice.overrules)) return byChoice(claim, choice);
  if (zone === "stated") return as({ utc, uncertainty: resolution });
  if (zone === "utc") return as({ utc, uncertainty: resolution }, "It states no zone; its maker writes UTC.");
  if (zone === "unknown") {
    return as({ utc, uncertainty: resolution + UNKNOWN }, "It states no zone; UTC was taken. zone= says otherwise.");
  }
  // What may be a zone may be a number: then the time is of the zone that was given, or of any.
  if (choice === undefined) {
    const farthest = UNKNOWN + Math.abs(offset ?? 0) * 60 + doubt;
    return as({ utc, uncertainty: resolution + farthest });
  }
  const given = placed(wall, choice.zone);
  const apart = Math.abs(given.utc - utc) / 1000;
  const start = { utc, uncertainty: resolution + (apart === 0 ? 0 : apart + given.doubt + doubt) };
  return apart === 0 ? { ...start, source } : as(start, `zone=${zoneText(choice.zone)} says another zone.`);
}

function byChoice(
  { source, wall, resolution, zone, doubt: parts = 0, offset, notes }: Claim,
  { zone: given }: ZoneChoice,
): Start {
  const { utc, doubt, assumed } = placed(wall, given);
  const overruled = zone !== "unknown";
  const text = `zone=${zoneText(given)}`;
  const stated = offset === undefined ? "Its maker writes UTC" : `It states ${zoneText(offset)}`;
  const why = overruled ? `${stated}; ${text} overrules that.` : `It states no zone; ${text} was given.`;
  // What the caller overrules was no zone: it may count parts.
  const said = [why, ...(assumed === undefined ? [] : [assumed]), ...notes].join(" ");
  return {
    utc,
    source: overruled ? `${source}, zone overruled` : source,
    uncertainty: resolution + doubt + parts,
    assumed: said,
  };
}

/** Two starts that cannot both be true. */
export interface Apart {
  /** Seconds between them. */
  readonly seconds: number;
  /** The largest distance that the truth may have from the first, if the second is right. */
  readonly farthest: number;
}

/** A start, with the claim that it comes from; the caller's own comes from none. */
export interface Source {
  readonly start: Start;
  readonly claim?: Claim;
  /** Whether the zone of its stamp is known, by itself or by the caller. */
  readonly placed: boolean;
}

const QUARTER = 900;

/**
 * How far a second source is from the first, or undefined where both can be true: within their uncertainties, or, where a
 * zone is not known, with one that is a number of quarters of an hour.
 */
export function contradiction(first: Source, second: Source): Apart | undefined {
  const seconds = Math.abs(first.start.utc - second.start.utc) / 1000;
  const moth = mothDistance(first, second);
  if (moth !== undefined) return moth;
  const tolerance = stampDoubt(first) + stampDoubt(second);
  const most = first.placed && second.placed ? 0 : UNKNOWN * (first.placed || second.placed ? 1 : 2);
  const shift = Math.min(most, Math.round(seconds / QUARTER) * QUARTER);
  if (Math.abs(seconds - shift) <= tolerance) return undefined;
  return { seconds, farthest: seconds + second.start.uncertainty };
}

/**
 * AudioMoth names a file in UTC or in the zone of its comment, so another time is a contradiction, whatever zone there may
 * be: firmware 1.2.2 wrote `11:30:00 (UTC+5:30)` into 20191120_120000.WAV.
 */
function mothDistance(first: Source, second: Source): Apart | undefined {
  const { claim: comment } = first;
  const { claim: name } = second;
  if (comment?.source !== AUDIOMOTH_COMMENT || name?.source !== "file name" || name.zone !== "unknown")
    return undefined;
  const tolerance = comment.resolution + name.resolution;
  const distances = [0, comment.offset ?? 0].map(
    (offset) => Math.abs(stampUtc({ wall: name.wall, offset }) - first.start.utc) / 1000,
  );
  if (distances.some((seconds) => seconds <= tolerance)) return undefined;
  return { seconds: Math.min(...distances), farthest: Math.max(...distances) + name.resolution };
}

const stampDoubt = ({ start, claim, placed }: Source) =>
  placed || claim === undefined ? start.uncertainty : claim.resolution;
