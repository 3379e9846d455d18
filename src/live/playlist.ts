import { OrcaError } from "../errors.ts";
import { nameOf, quoted, withoutSecrets } from "./addresses.ts";
import { type Dated, DateReader } from "./playlist-dates.ts";
import { attributesOf, linesOf, numberOf } from "./playlist-lines.ts";

/** A piece of audio as the playlist lists it. */
export interface Segment {
  /** Media sequence number, RFC 8216, 3: the segment's name as long as the playlist runs on. */
  readonly sequence: number;
  /** The last number under which it is listed: one that is listed twice in a row has two. */
  readonly until: number;
  readonly url: string;
  /** EXTINF; a guess where that says no length. */
  readonly seconds: number;
  /** Whether EXTINF says it. */
  readonly stated: boolean;
  /** Whether it does not follow on the one before. */
  readonly discontinuity: boolean;
  /** When it begins by EXT-X-PROGRAM-DATE-TIME, its own or reckoned from a neighbour's. */
  readonly date: Dated | undefined;
  /** Whether the playlist says that it is not there. */
  readonly absent: boolean;
  /** What is odd about its entry. */
  readonly oddities: readonly Oddity[];
}

/** What a playlist says and cannot mean: `code` is the finding's. */
export interface Oddity {
  readonly code: "bad_time" | "bad_playlist";
  /** Told once a stretch, however many segments it is said of. */
  readonly kind: "date" | "length" | "no length" | "twice" | "numbers";
  readonly message: string;
}

export interface MediaPlaylist {
  readonly kind: "media";
  /** EXT-X-TARGETDURATION, s. */
  readonly target: number;
  /** Whether it numbers its segments (EXT-X-MEDIA-SEQUENCE). Without that the first one listed is number 0. */
  readonly numbered: boolean;
  readonly segments: readonly Segment[];
  /** Whether nothing more will come. */
  readonly ended: boolean;
  /** What is odd about the whole of it. */
  readonly oddities: readonly Oddity[];
}

/** A list of renditions; `url` is of the one that serves. */
export interface MasterPlaylist {
  readonly kind: "master";
  readonly url: string;
}

/** Seconds that a segment without EXTINF and a playlist without a target duration are taken for: Apple's advice is 6. */
const USUAL_SECONDS = 6;
/** A segment is not longer: an hour of low AAC is as large as a segment may be. */
const LONGEST_SECONDS = 3600;

/**
 * Reads a playlist: RFC 8216. What cannot be meant is passed over and told with the segment that it stands before, so that
 * one wrong line costs no audio.
 * @param url  where it came from, the last address where it was led on: what it names is relative to that
 * Throws `playlist_malformed`, and `unsupported_encoding` for what is not read.
 */
export function readPlaylist(text: string, url: string): MediaPlaylist | MasterPlaylist {
  if (!/^\uFEFF?#EXTM3U/.test(text)) {
    throw malformed(`${nameOf(url)} is no playlist: it begins with ${quoted(text)}, not with #EXTM3U.`);
  }
  return new PlaylistReader(url).read(text);
}

/** What stands before an address and is about it alone. */
interface Pending {
  length?: string;
  date?: string;
  discontinuity?: true;
  absent?: true;
}

type Entry = Omit<Segment, "date">;

interface Variant {
  readonly uri: string;
  readonly attributes: ReadonlyMap<string, string>;
}

class PlaylistReader {
  readonly #url: string;
  readonly #entries: Entry[] = [];
  readonly #dates = new DateReader();
  readonly #names = new Map<string, number>();
  readonly #variables = new Map<string, string>();
  readonly #variants: Variant[] = [];
  readonly #audio: ReadonlyMap<string, string>[] = [];
  #pending: Pending = {};
  #stream: ReadonlyMap<string, string> | undefined;
  #first: number | undefined;
  #target = 0;
  #longest = 0;
  #count = 0;
  #ended = false;
  /** What makes the segments to come unreadable. */
  #unread: { map?: string; key?: string; range?: string } = {};
  #oddities: Oddity[] = [];
  #numbering: Oddity | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  read(text: string): MediaPlaylist | MasterPlaylist {
    for (const line of linesOf(text)) {
      if (line.startsWith("#EXT")) this.#tag(line);
      else if (!line.startsWith("#")) this.#address(this.#replaced(line));
    }
    const uri = rendition(this.#variants, this.#audio);
    if (uri !== undefined) return { kind: "master", url: this.#absolute(uri) };
    const first = this.#first ?? 0;
    // Lengths that no EXTINF says are guessed by what the others say, wherever they stand.
    const target = this.#target > 0 ? this.#target : this.#longest > 0 ? this.#longest : USUAL_SECONDS;
    const entries = this.#entries.map((entry) => ({
      ...entry,
      sequence: first + entry.sequence,
      until: first + entry.until,
      seconds: entry.stated ? entry.seconds : target,
    }));
    const dates = this.#dates.reckon(entries);
    const segments = entries.map((entry, at) => ({ ...entry, date: dates[at] }));
    return {
      kind: "media",
      target: Math.max(target, this.#longest),
      numbered: this.#first !== undefined,
      segments,
      ended: this.#ended,
      oddities: this.#numbering === undefined ? [] : [this.#numbering],
    };
  }

  #tag(line: string): void {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).trim();
    switch (name) {
      case "#EXTINF":
        this.#pending.length = value.split(",", 1)[0]?.trim() ?? "";
        break;
      case "#EXT-X-PROGRAM-DATE-TIME":
        this.#pending.date = value;
        break;
      case "#EXT-X-DISCONTINUITY":
        this.#pending.discontinuity = true;
        break;
      case "#EXT-X-GAP":
        this.#pending.absent = true;
        break;
      case "#EXT-X-MEDIA-SEQUENCE":
        this.#numbers(value);
        break;
      case "#EXT-X-TARGETDURATION":
        this.#target = lengthOf(value) ?? this.#target;
        break;
      case "#EXT-X-ENDLIST":
        this.#ended = true;
        break;
      case "#EXT-X-MAP":
        this.#unread.map = "fragmented MP4 (EXT-X-MAP)";
        break;
      case "#EXT-X-BYTERANGE":
        this.#unread.range = "segments that are parts of files (EXT-X-BYTERANGE)";
        break;
      case "#EXT-X-KEY":
        this.#key(attributesOf(value));
        break;
      case "#EXT-X-STREAM-INF":
        this.#stream = attributesOf(value);
        break;
      case "#EXT-X-MEDIA":
        this.#media(attributesOf(value));
        break;
      case "#EXT-X-DEFINE":
        this.#define(attributesOf(value));
    }
  }

  #numbers(value: string): void {
    const number = numberOf(value);
    if (number !== undefined && Number.isSafeInteger(number) && number >= 0) {
      this.#first = number;
      return;
    }
    const what = `has EXT-X-MEDIA-SEQUENCE ${quoted(value)}, which cannot be counted by; its segments' addresses name them`;
    this.#numbering = { code: "bad_playlist", kind: "numbers", message: `${nameOf(this.#url)} ${what}.` };
  }

  #key(attributes: ReadonlyMap<string, string>): void {
    const method = attributes.get("METHOD");
    if (method === "NONE") delete this.#unread.key;
    else if (method !== undefined || attributes.has("URI"))
      this.#unread.key = `encrypted segments (${quoted(method ?? "")})`;
  }

  #media(attributes: ReadonlyMap<string, string>): void {
    if (attributes.get("TYPE") === "AUDIO" && attributes.has("URI")) this.#audio.push(attributes);
  }

  /** Variables, as the second edition of RFC 8216 has them. */
  #define(attributes: ReadonlyMap<string, string>): void {
    const [name, value] = [attributes.get("NAME"), attributes.get("VALUE")];
    if (name !== undefined && value !== undefined) this.#variables.set(name, value);
  }

  #replaced(line: string): string {
    if (this.#variables.size === 0) return line;
    return line.replaceAll(/\{\$([\w-]+)\}/g, (whole, name: string) => this.#variables.get(name) ?? whole);
  }

  #address(uri: string): void {
    if (this.#stream !== undefined) {
      this.#variants.push({ uri, attributes: this.#stream });
      this.#stream = undefined;
      return;
    }
    const [unread] = [this.#unread.map, this.#unread.range, this.#unread.key].filter((what) => what !== undefined);
    if (unread !== undefined) throw this.#refused(unread);
    const pending = this.#pending;
    this.#pending = {};
    const sequence = this.#count++;
    const url = this.#absolute(uri);
    const twice = pending.absent ? undefined : this.#names.get(url);
    if (twice !== undefined) {
      this.#repeat(twice, sequence, url);
      return;
    }
    if (!pending.absent) this.#names.set(url, this.#entries.length);
    if (pending.date !== undefined) {
      const wrong = this.#dates.note(this.#entries.length, withoutSecrets(pending.date));
      if (wrong !== undefined) this.#odd("bad_time", "date", `has a date that is passed over: ${wrong}`, url);
    }
    const seconds = this.#length(pending.length, url);
    this.#longest = Math.max(this.#longest, seconds ?? 0);
    this.#entries.push({
      sequence,
      until: sequence,
      url,
      seconds: seconds ?? 0,
      stated: seconds !== undefined,
      discontinuity: pending.discontinuity === true,
      absent: pending.absent === true,
      oddities: this.#oddities,
    });
    this.#oddities = [];
  }

  /** One address within one copy of a playlist is one file: the same audio. */
  #repeat(place: number, sequence: number, url: string): void {
    const entry = this.#entries[place] as Entry;
    this.#odd("bad_playlist", "twice", "is listed twice; it is read once.", url);
    const oddities = [...entry.oddities, ...this.#oddities];
    this.#oddities = [];
    const until = place === this.#entries.length - 1 ? sequence : entry.until;
    this.#entries[place] = { ...entry, until, oddities: oddities.slice(0, MOST_ODDITIES) };
  }

  #length(text: string | undefined, url: string): number | undefined {
    if (text === undefined) {
      this.#odd("bad_playlist", "no length", "stands there without EXTINF; its own audio tells its length.", url);
      return undefined;
    }
    const seconds = lengthOf(text);
    if (seconds === undefined)
      this.#odd("bad_playlist", "length", `has EXTINF ${quoted(text)}; its own audio tells its length.`, url);
    return seconds;
  }

  #odd(code: Oddity["code"], kind: Oddity["kind"], what: string, url: string): void {
    this.#oddities.push({ code, kind, message: `${nameOf(url)} ${what}` });
  }

  #absolute(uri: string): string {
    if (!URL.canParse(uri, this.#url)) throw malformed(`${nameOf(this.#url)} lists what is no address.`);
    return new URL(uri, this.#url).href;
  }

  #refused(what: string): OrcaError {
    return new OrcaError("unsupported_encoding", `${nameOf(this.#url)} has ${what}, which is not read.`, {
      hint: "Read are whole segments of MPEG-TS or packed audio (AAC-LC, MP3), not encrypted.",
    });
  }
}

/** Of one segment: it may be listed a thousand times. */
const MOST_ODDITIES = 8;

/** Seconds of a length that can be one; undefined for any other text. */
function lengthOf(text: string): number | undefined {
  const seconds = numberOf(text);
  return seconds !== undefined && seconds > 0 && seconds <= LONGEST_SECONDS ? seconds : undefined;
}

/** Of a master playlist the audio: a rendition of its own, else the stream of the fewest bits, best without a picture. */
function rendition(variants: readonly Variant[], audio: readonly ReadonlyMap<string, string>[]): string | undefined {
  if (variants.length === 0) return undefined;
  const alone = audio.find((choice) => /yes/i.test(choice.get("DEFAULT") ?? "")) ?? audio[0];
  if (alone !== undefined) return alone.get("URI");
  const picture = ({ attributes }: Variant) =>
    attributes.has("RESOLUTION") || /avc|hvc|hev|vp0?9|av01/.test(attributes.get("CODECS") ?? "") ? 1 : 0;
  const bits = ({ attributes }: Variant) => numberOf(attributes.get("BANDWIDTH") ?? "") ?? 0;
  return [...variants].sort((a, b) => picture(a) - picture(b) || bits(a) - bits(b))[0]?.uri;
}

function malformed(message: string): OrcaError {
  return new OrcaError("playlist_malformed", message, { hint: "Is this the address of an HLS playlist?" });
}
