import { createHash } from "node:crypto";
import { counted } from "../../counted.ts";
import { OrcaError } from "../../errors.ts";
import { folderStart, type MediaPlaylist, readPlaylist, SegmentStarts } from "../../live/index.ts";
import {
  listPages,
  type Place,
  placeOf,
  placeText,
  type RemoteClient,
  type RemoteObject,
  readObject,
} from "../../remote/index.ts";
import { utcText } from "../../times/index.ts";
import { recordingOf } from "./elsewhere.ts";
import { type FindOptions, named } from "./find.ts";
import type { Found, Recording } from "./found.ts";

type Bucket = Extract<Place, { kind: "bucket" }>;

/** What of an Orcasound node's archive is asked for. */
export interface NodeRequest {
  /** `rpi_orcasound_lab` */
  readonly node: string;
  /** ms since 1970 */
  readonly from: number;
  readonly to: number;
  /** The stream as it was published, or the recordings without loss. */
  readonly sound: "hls" | "flac";
  /** The bucket, and a prefix where there is one: `s3://audio-orcasound-net`. */
  readonly archive: string;
}

/** Seconds of a segment of which no playlist says it: orcanode's SEGMENT_DURATION. */
const USUAL_SECONDS = 10;
/** A file of FLAC is not longer: names that begin this long before are looked at, ms. */
const LONGEST_FILE = 86_400_000;

/**
 * The sound of a node between two times. Of HLS each run of segments that are there is a recording, in one folder for each
 * start of the node, with its start as for live sound; of FLAC each file is one. Throws `bad_option` where there is none.
 */
export async function findInNode(
  request: NodeRequest,
  client: RemoteClient,
  options: FindOptions,
): Promise<Found & { readonly notes: readonly string[] }> {
  const archive = placeOf(request.archive);
  if (archive.kind !== "bucket") {
    throw new OrcaError("bad_option", `--archive ${request.archive} is no bucket: s3://NAME is one.`, {
      field: "archive",
    });
  }
  if (!/^[\w.-]+$/.test(request.node)) {
    throw new OrcaError("bad_option", `--node ${request.node} is no name of a node.`, { field: "node" });
  }
  const prefix = archive.key === "" || archive.key.endsWith("/") ? archive.key : `${archive.key}/`;
  const top = { ...archive, key: `${prefix}${request.node}/` };
  const { recordings, notes } =
    request.sound === "hls" ? await streamed(request, top, client) : await files(request, top, client);
  if (recordings.length === 0) {
    const when = `from ${utcText(request.from)} to ${utcText(request.to)}`;
    throw new OrcaError("bad_option", [`${placeText(top)} has no ${request.sound} ${when}.`, ...notes].join(" "), {
      hint: "Is the node's name right, and did it run then? --sound flac or hls asks for the other archive.",
    });
  }
  const found = named(recordings, [placeText({ ...archive, key: prefix }).replace(/\/$/, "")], options);
  return { ...found, missing: [], leftOut: new Map(), nearly: [], notes };
}

async function streamed({ from, to }: NodeRequest, top: Bucket, client: RemoteClient) {
  const place = { ...top, key: `${top.key}hls/` };
  const epochs: number[] = [];
  for await (const { folders } of listPages(client, place, { folders: true })) {
    for (const folder of folders) {
      const name = folder.slice(place.key.length, -1);
      if (/^\d{9,10}$/.test(name)) epochs.push(Number(name));
    }
  }
  epochs.sort((a, b) => a - b);
  const recordings: Recording[] = [];
  const notes: string[] = [];
  for (const [at, epoch] of epochs.entries()) {
    const next = epochs[at + 1] ?? Number.POSITIVE_INFINITY;
    // What a node publishes ends when it starts anew.
    if (folderStart(epoch) >= to || folderStart(next) <= from) continue;
    const folder = await Folder.read({ ...place, key: `${place.key}${epoch}/` }, epoch, client);
    recordings.push(...folder.between(from, to, notes));
  }
  return { recordings, notes };
}

/** `live012.ts` */
const numberOf = (name: string) => {
  const digits = /(?:^|\/)live(\d+)\.ts$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
};

/** A folder of segments: what a node published from one start to the next. */
class Folder {
  readonly #place: Bucket;
  readonly #epoch: number;
  readonly #objects: ReadonlyMap<number, RemoteObject>;
  readonly #playlist: MediaPlaylist;

  private constructor(
    place: Bucket,
    epoch: number,
    objects: ReadonlyMap<number, RemoteObject>,
    playlist: MediaPlaylist,
  ) {
    this.#place = place;
    this.#epoch = epoch;
    this.#objects = objects;
    this.#playlist = playlist;
  }

  static async read(place: Bucket, epoch: number, client: RemoteClient): Promise<Folder> {
    const objects = new Map<number, RemoteObject>();
    for await (const page of listPages(client, place)) {
      for (const object of page.objects) {
        const number = numberOf((object.place as Bucket).key);
        if (number !== undefined) objects.set(number, object);
      }
    }
    const text = await readObject(client, { ...place, key: `${place.key}live.m3u8` });
    const lengths = text === undefined ? new Map<number, number>() : lengthsIn(new TextDecoder().decode(text));
    return new Folder(place, epoch, objects, wholePlaylist(objects, lengths));
  }

  /** The runs of segments that overlap a time. */
  between(from: number, to: number, notes: string[]): Recording[] {
    const { segments } = this.#playlist;
    const runs: { first: number; parts: RemoteObject[] }[] = [];
    let absent = 0;
    let utc = folderStart(this.#epoch);
    for (const [number, { seconds }] of segments.entries()) {
      const begins = utc;
      utc += 1000 * seconds;
      if (utc <= from || begins >= to) continue;
      const object = this.#objects.get(number);
      const last = runs.at(-1);
      if (object === undefined) absent++;
      else if (last !== undefined && last.first + last.parts.length === number) last.parts.push(object);
      else runs.push({ first: number, parts: [object] });
    }
    if (absent > 0) notes.push(`${placeText(this.#place)} misses ${counted(absent, "segment")} of that time.`);
    return runs.map(({ first, parts }) => this.#recording(first, parts));
  }

  #recording(first: number, parts: readonly RemoteObject[]): Recording {
    const segment = this.#playlist.segments[first];
    // As for live sound; nothing was listed or written just now.
    const starts = new SegmentStarts(this.#epoch);
    const start = segment === undefined ? undefined : starts.startOf(segment, this.#playlist, 0, undefined);
    const whole = parts.length === this.#playlist.segments.length;
    const folder = placeText(this.#place).replace(/\/$/, "");
    const path = whole ? `${folder}.ts` : `${folder}/${nameOf(parts[0])}-${nameOf(parts.at(-1))}.ts`;
    const hash = createHash("sha256");
    for (const { etag = "", size = 0, modified = 0 } of parts)
      hash.update(`${etag} ${size} ${etag === "" ? modified : ""}\n`);
    return {
      path,
      absolute: path,
      name: path,
      bytes: parts.reduce((sum, { size = 0 }) => sum + size, 0),
      modified: Math.max(...parts.map(({ modified = 0 }) => modified)),
      etag: hash.digest("hex").slice(0, 32),
      elsewhere: { parts, ...(start === undefined ? {} : { start }) },
    };
  }
}

const nameOf = (part: RemoteObject | undefined) =>
  part === undefined ? "" : placeText(part.place).replace(/^.*\//, "").replace(/\.ts$/, "");

/** Seconds of segments by their numbers, as far as the folder's own playlist says them. */
function lengthsIn(text: string): Map<number, number> {
  const playlist = readPlaylist(text, "https://node/live.m3u8");
  const lengths = new Map<number, number>();
  if (playlist.kind === "master") return lengths;
  for (const { url, seconds, stated } of playlist.segments) {
    const number = numberOf(new URL(url).pathname);
    if (number !== undefined && stated) lengths.set(number, seconds);
  }
  return lengths;
}

/** All segments of a folder from the first on, whether they are there or listed or not: the time is counted through them. */
function wholePlaylist(
  objects: ReadonlyMap<number, RemoteObject>,
  lengths: ReadonlyMap<number, number>,
): MediaPlaylist {
  const most = Math.max(-1, ...objects.keys(), ...lengths.keys());
  const usual = [...lengths.values()].sort((a, b) => a - b)[lengths.size >> 1] ?? USUAL_SECONDS;
  const lines = ["#EXTM3U", `#EXT-X-TARGETDURATION:${usual}`, "#EXT-X-MEDIA-SEQUENCE:0"];
  for (let number = 0; number <= most; number++) {
    const seconds = lengths.get(number);
    if (seconds !== undefined) lines.push(`#EXTINF:${seconds},`);
    lines.push(`live${number}.ts`);
  }
  return readPlaylist([...lines, "#EXT-X-ENDLIST"].join("\n"), "https://node/live.m3u8") as MediaPlaylist;
}

/** `2020-09-27_00-16-55_rpi_orcasound_lab-48000-2.flac`, in UTC: orcanode, node/stream.sh. */
const FLAC = /(?:^|\/)(\d{4}-\d\d-\d\d)_(\d\d)-(\d\d)-(\d\d)[^/]*\.flac$/;

async function files({ from, to }: NodeRequest, top: Bucket, client: RemoteClient) {
  const found: { utc: number; recording: Recording }[] = [];
  // Nodes upload into flac/ (orcanode, base/upload_flac_s3.py); copies lie in the node's folder itself.
  for (const key of [`${top.key}flac/`, top.key]) {
    if (found.length > 0) break;
    const after = `${key}${utcText(from - LONGEST_FILE).slice(0, 10)}`;
    listing: for await (const { objects } of listPages(client, { ...top, key }, { after })) {
      for (const object of objects) {
        const [, day, hour, minute, second] = FLAC.exec((object.place as Bucket).key.slice(key.length)) ?? [];
        if (day === undefined) continue;
        const utc = Date.parse(`${day}T${hour}:${minute}:${second}Z`);
        found.push({ utc, recording: recordingOf(object) });
        if (utc >= to) break listing;
      }
    }
  }
  found.sort((a, b) => a.utc - b.utc);
  // A file ends where the next one begins.
  const chosen = found.filter(({ utc }, at) => utc < to && (found[at + 1]?.utc ?? utc + LONGEST_FILE) > from);
  return { recordings: chosen.map(({ recording }) => recording), notes: [] as string[] };
}
