import { readBext } from "./bext.ts";
import { together } from "./claims.ts";
import { readGuano } from "./guano.ts";
import { readHarp } from "./harp.ts";
import { readIxml } from "./ixml.ts";
import { readInfo } from "./list-info.ts";
import { readFileName } from "./names/file-name.ts";
import { contradiction, type Source, started, type ZoneChoice } from "./starts.ts";
import type { AudioFacts, Claim, MetadataBlock, Recorder, Said, Start, Stretch, TimeFinding } from "./types.ts";
import { utcText } from "./utc-text.ts";
import { readVorbisComment } from "./vorbis-comment.ts";
import { readWamd } from "./wamd.ts";
import type { Zone } from "./zone.ts";

/** What is known of a recording beside its audio. */
export interface Known {
  readonly blocks: readonly MetadataBlock[];
  readonly audio: AudioFacts;
  /** The caller's own word. */
  readonly start?: Start | undefined;
  /** The recording's name, with or without its folders. */
  readonly file?: string | undefined;
  /** Of stamps that state no zone. */
  readonly zone?: Zone | undefined;
  /** Whether `zone` goes before what recordings state. */
  readonly zoneOverrules?: boolean | undefined;
}

/** When a recording began, and what else its metadata says. */
export interface Times {
  readonly start?: Start;
  /** The stretches of a recording with gaps; without them it is one. */
  readonly stretches: readonly Stretch[];
  readonly recorder?: Recorder;
  readonly findings: readonly TimeFinding[];
}

/** The order of trust among sources that are alike in their zone. */
const ORDER: readonly (readonly [kind: MetadataBlock["kind"], read: (bytes: Uint8Array, audio: AudioFacts) => Said])[] =
  [
    ["harp", readHarp],
    ["guano", readGuano],
    ["wamd", readWamd],
    ["info", readInfo],
    ["vorbis", readVorbisComment],
    ["bext", readBext],
    ["ixml", readIxml],
  ];

/**
 * The start by the source that is trusted most: the caller; then those that state their zone or are in UTC by their
 * maker's convention; then those that say nothing of it. Within each: XWAV, GUANO, wamd, LIST INFO, Vorbis comments, bext,
 * iXML, the name. What the others say against it is a finding, and widens the uncertainty, unless the caller said it.
 */
export function timesOf({ blocks, audio, start: given, file, zone, zoneOverrules = false }: Known): Times {
  const said = together(
    ...ORDER.flatMap(([kind, read]) =>
      blocks.filter((block) => block.kind === kind).map(({ bytes }) => read(bytes, audio)),
    ),
    file === undefined ? { claims: [], refused: [] } : readFileName(file),
  );
  const choice = zone === undefined ? undefined : { zone, overrules: zoneOverrules };
  const own = given === undefined ? [] : [{ start: given, placed: true }];
  const [first, ...others] = [...own, ...sources(said.claims, choice)];
  const contradictions = first === undefined ? [] : others.flatMap((other) => disagreement(first, other));
  const start = first && widened(first, contradictions);
  const stretches = start === undefined ? [] : moved(said.stretches ?? [], start);
  return {
    ...(start === undefined ? {} : { start }),
    stretches,
    ...(said.recorder === undefined ? {} : { recorder: said.recorder }),
    findings: unique([
      ...blocks
        .filter(({ cut }) => cut)
        .map(({ kind, bytes }) => {
          const message = `The ${kind} metadata is longer than the ${bytes.length} bytes that are read of it.`;
          return { code: "metadata_cut", message, lost: false } as const;
        }),
      ...(said.findings ?? []),
      ...said.refused.map((message) => ({ code: "bad_time", message, lost: false }) as const),
      ...contradictions.map(({ finding }) => finding),
    ]),
  };
}

/** The start that a name alone says, with or without its folders. @param zone  where it states none */
export function startOfName(file: string, zone?: Zone): Start | undefined {
  return timesOf({ blocks: [], audio: { rate: 1, channels: 1, frameBytes: undefined }, file, zone }).start;
}

/** Claims as starts, those of a known zone first. */
function sources(claims: readonly Claim[], choice: ZoneChoice | undefined): Source[] {
  const states = ({ zone }: Claim) => zone === "stated" || zone === "utc";
  return [...claims.filter(states), ...claims.filter((claim) => !states(claim))].map((claim) => ({
    start: started(claim, choice),
    claim,
    placed: states(claim) || (claim.zone === "unknown" && choice !== undefined) || choice?.overrules === true,
  }));
}

/** Each finding once: what was read ahead comes again when the stream has come to it. */
function unique(findings: readonly TimeFinding[]): TimeFinding[] {
  return [...new Map(findings.map((finding) => [finding.message, finding])).values()];
}

interface Contradiction {
  readonly finding: TimeFinding;
  /** Seconds from the first to where the second may be. */
  readonly farthest: number;
}

function disagreement(first: Source, other: Source): Contradiction[] {
  const apart = contradiction(first, other);
  if (apart === undefined) return [];
  const [taken, against] = [first.start, other.start];
  const message =
    `${against.source} says ${utcText(against.utc)}${other.placed ? "" : " in a zone that it does not state"}, ` +
    `${Number(apart.seconds.toFixed(3))} s away from ${taken.source} (${utcText(taken.utc)}), which was taken.`;
  return [{ finding: { code: "times_disagree", message, lost: false }, farthest: apart.farthest }];
}

/** A caller knows; of other sources that contradict each other either may be right. */
function widened({ start, claim }: Source, contradictions: readonly Contradiction[]): Start {
  if (claim === undefined) return start;
  return { ...start, uncertainty: Math.max(start.uncertainty, ...contradictions.map(({ farthest }) => farthest)) };
}

/** Stretches as they lie when the first sample was taken at `start`: gaps stay, whoever says when it began. */
function moved(stretches: readonly Stretch[], start: Start): Stretch[] {
  const [first] = stretches;
  if (first === undefined) return [];
  const shift = start.utc - (first.utc - (first.frame / first.rate) * 1000);
  return shift === 0 ? [...stretches] : stretches.map((stretch) => ({ ...stretch, utc: stretch.utc + shift }));
}
