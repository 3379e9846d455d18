import { readBext } from "./bext.ts";
import { together } from "./claims.ts";
import { readFileName } from "./file-name.ts";
import { readGuano } from "./guano.ts";
import { readHarp } from "./harp.ts";
import { readIxml } from "./ixml.ts";
import { readInfo } from "./list-info.ts";
import type { AudioFacts, Claim, MetadataBlock, Recorder, Said, Start, Stretch, TimeFinding } from "./types.ts";
import { utcText } from "./utc-text.ts";
import { readVorbisComment } from "./vorbis-comment.ts";
import { FARTHEST_ZONE } from "./zone.ts";

/** What is known of a recording beside its audio. */
export interface Known {
  readonly blocks: readonly MetadataBlock[];
  readonly audio: AudioFacts;
  /** The caller's own word. */
  readonly start?: Start | undefined;
  /** The recording's name, with or without its folders. */
  readonly file?: string | undefined;
  /** Minutes east of UTC of stamps that state no zone. */
  readonly zone?: number | undefined;
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
    ["info", readInfo],
    ["vorbis", readVorbisComment],
    ["bext", readBext],
    ["ixml", readIxml],
  ];

/**
 * The start by the source that is trusted most: the caller; then those that state their zone or are in UTC by their
 * maker's convention; then those that say nothing of it. Within each: XWAV, GUANO, LIST INFO, Vorbis comments, bext, iXML,
 * the name. What the others say against it is a finding.
 */
export function timesOf({ blocks, audio, start: given, file, zone }: Known): Times {
  const said = together(
    ...ORDER.flatMap(([kind, read]) =>
      blocks.filter((block) => block.kind === kind).map(({ bytes }) => read(bytes, audio)),
    ),
    file === undefined ? { claims: [], refused: [] } : readFileName(file),
  );
  const claims = [
    ...said.claims.filter((claim) => claim.zone !== "unknown"),
    ...said.claims.filter((claim) => claim.zone === "unknown"),
  ].map((claim) => started(claim, zone));
  const starts = given === undefined ? claims : [given, ...claims];
  const [start, ...others] = starts;
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
      ...(start === undefined ? [] : others.flatMap((other) => disagreement(start, other))),
    ]),
  };
}

/** The start that a name alone says, with or without its folders. @param zone  minutes east of UTC where it states none */
export function startOfName(file: string, zone?: number): Start | undefined {
  return timesOf({ blocks: [], audio: { rate: 1, channels: 1, frameBytes: undefined }, file, zone }).start;
}

/** Each finding once: what was read ahead comes again when the stream has come to it. */
function unique(findings: readonly TimeFinding[]): TimeFinding[] {
  return [...new Map(findings.map((finding) => [finding.message, finding])).values()];
}

function started({ source, utc, resolution, zone }: Claim, option: number | undefined): Start {
  if (zone === "stated") return { utc, source, uncertainty: resolution };
  if (zone === "utc")
    return { utc, source, uncertainty: resolution, assumed: "It states no zone; its maker writes UTC." };
  if (option !== undefined) {
    return {
      utc: utc - option * 60_000,
      source,
      uncertainty: resolution,
      assumed: `It states no zone; zone=${zoneText(option)} was given.`,
    };
  }
  const uncertainty = resolution + FARTHEST_ZONE * 3600;
  return { utc, source, uncertainty, assumed: "It states no zone; UTC was taken. zone= says otherwise." };
}

function zoneText(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}

function disagreement(start: Start, other: Start): TimeFinding[] {
  const apart = Math.abs(start.utc - other.utc) / 1000;
  if (apart <= start.uncertainty + other.uncertainty) return [];
  const message =
    `${other.source} says ${utcText(other.utc)}, ${Number(apart.toFixed(3))} s away from ${start.source} ` +
    `(${utcText(start.utc)}), which was taken.`;
  return [{ code: "times_disagree", message, lost: false }];
}

/** Stretches as they lie when the first sample was taken at `start`: gaps stay, whoever says when it began. */
function moved(stretches: readonly Stretch[], start: Start): Stretch[] {
  const [first] = stretches;
  if (first === undefined) return [];
  const shift = start.utc - (first.utc - (first.frame / first.rate) * 1000);
  return shift === 0 ? [...stretches] : stretches.map((stretch) => ({ ...stretch, utc: stretch.utc + shift }));
}
