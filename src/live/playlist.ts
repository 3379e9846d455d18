/// <reference path="./m3u8-parser.d.ts" />
import { type ParsedPlaylist, type ParsedSegment, Parser } from "m3u8-parser";
import { OrcaError } from "../errors.ts";
import { nameOf } from "./fetching.ts";

/** A piece of audio as the playlist lists it. */
export interface Segment {
  /** Media sequence number: RFC 8216, 3. */
  readonly sequence: number;
  readonly url: string;
  /** EXTINF. */
  readonly seconds: number;
  /** Whether it does not follow on the one before. */
  readonly discontinuity: boolean;
  /** When it begins by EXT-X-PROGRAM-DATE-TIME, its own or a neighbour's; ms since 1970. */
  readonly utc: number | undefined;
  /** Whether the playlist says that it is not there. */
  readonly absent: boolean;
}

export interface MediaPlaylist {
  readonly kind: "media";
  /** EXT-X-TARGETDURATION, s. */
  readonly target: number;
  readonly segments: readonly Segment[];
  /** Whether nothing more will come. */
  readonly ended: boolean;
}

/** A list of renditions; `url` is of the one that serves. */
export interface MasterPlaylist {
  readonly kind: "master";
  readonly url: string;
}

/** Seconds that a segment without EXTINF and a playlist without a target duration are taken for: Apple's advice is 6. */
const USUAL_SECONDS = 6;

/**
 * Reads a playlist: RFC 8216. m3u8-parser does the lines: of the two parsers that run in workerd it takes what servers
 * really send (it leaves out a last entry that is cut off, and reckons dates both ways), and is a third of the size.
 * @param url  where it came from
 * Throws `playlist_malformed`, and `unsupported_encoding` for what is not read.
 */
export function readPlaylist(text: string, url: string): MediaPlaylist | MasterPlaylist {
  if (!/^\uFEFF?#EXTM3U/.test(text)) {
    const start = JSON.stringify(text.slice(0, 40));
    throw malformed(`${nameOf(url)} is no playlist: it begins with ${start}, not with #EXTM3U.`);
  }
  const parser = new Parser();
  parser.addParser({ expression: /^#EXT-X-GAP\s*$/, customType: "gap", segment: true });
  parser.push(text);
  parser.end();
  const { manifest } = parser;
  const variant = rendition(manifest);
  if (variant !== undefined) return { kind: "master", url: absolute(variant, url) };
  const target = Math.max(manifest.targetDuration ?? 0, ...manifest.segments.map(({ duration = 0 }) => duration));
  const first = manifest.mediaSequence ?? 0;
  return {
    kind: "media",
    target: target > 0 ? target : USUAL_SECONDS,
    segments: manifest.segments.map((segment, at) => readSegment(segment, first + at, target, url)),
    ended: manifest.endList === true,
  };
}

function readSegment(segment: ParsedSegment, sequence: number, target: number, url: string): Segment {
  if (segment.map !== undefined) throw unread(url, "fragmented MP4 (EXT-X-MAP)");
  if (segment.byterange !== undefined) throw unread(url, "segments that are parts of files (EXT-X-BYTERANGE)");
  const method = segment.key?.method;
  if (method !== undefined && method !== "NONE") throw unread(url, `encrypted segments (${method})`);
  return {
    sequence,
    url: absolute(segment.uri ?? "", url),
    seconds: segment.duration ?? (target > 0 ? target : USUAL_SECONDS),
    discontinuity: segment.discontinuity === true,
    utc: segment.programDateTime,
    absent: segment.custom?.gap !== undefined,
  };
}

/** Of a master playlist the audio: a rendition of its own, else the stream of the fewest bits, best without a picture. */
function rendition({ playlists = [], mediaGroups }: ParsedPlaylist): string | undefined {
  if (playlists.length === 0) return undefined;
  const audio = Object.values(mediaGroups?.AUDIO ?? {}).flatMap((group) => Object.values(group));
  const alone = audio.find((choice) => choice.default && choice.uri) ?? audio.find(({ uri }) => uri);
  if (alone?.uri !== undefined) return alone.uri;
  const picture = ({ attributes = {} }: (typeof playlists)[number]) =>
    attributes.RESOLUTION !== undefined || /avc|hvc|hev|vp0?9|av01/.test(attributes.CODECS ?? "") ? 1 : 0;
  const bits = ({ attributes = {} }: (typeof playlists)[number]) => attributes.BANDWIDTH ?? 0;
  return [...playlists].sort((a, b) => picture(a) - picture(b) || bits(a) - bits(b)).find(({ uri }) => uri)?.uri;
}

function absolute(uri: string, base: string): string {
  if (!URL.canParse(uri, base))
    throw malformed(`${nameOf(base)} lists ${JSON.stringify(uri.slice(0, 80))}, which is no address.`);
  return new URL(uri, base).href;
}

function malformed(message: string): OrcaError {
  return new OrcaError("playlist_malformed", message, { hint: "Is this the address of an HLS playlist?" });
}

function unread(url: string, what: string): OrcaError {
  return new OrcaError("unsupported_encoding", `${nameOf(url)} has ${what}, which is not read.`, {
    hint: "Read are whole segments of MPEG-TS or packed audio (AAC-LC, MP3), not encrypted.",
  });
}
