import { endingOf, isDetections, makersKind, RECORDING_ENDINGS } from "../../audio/index.ts";
import { OrcaError } from "../../errors.ts";
import {
  describeFile,
  isRemote,
  listPages,
  type Place,
  placeOf,
  placeText,
  type RemoteClient,
  type RemoteObject,
} from "../../remote/index.ts";
import type { Recording } from "./found.ts";
import { type Glob, globOf } from "./globs.ts";
import type { ListingKeeper } from "./kept-listing.ts";
import { DETECTIONS, type OtherKind, type Taking } from "./kinds.ts";
import { STATE_FOLDER } from "./walk.ts";

/** What an address gave. */
export interface FoundElsewhere {
  readonly recordings: readonly Recording[];
  /** Where names may begin. */
  readonly root: string;
  readonly leftOut: readonly { readonly kind: OtherKind; readonly path: string; readonly count: number }[];
  readonly missing: readonly { readonly path: string; readonly error: OrcaError }[];
}

type Bucket = Extract<Place, { kind: "bucket" }>;

interface Options {
  readonly client: RemoteClient;
  readonly raw: boolean;
  readonly isResult: (name: string) => boolean;
  readonly listings: ListingKeeper | undefined;
  readonly takes: Taking | undefined;
}

/** Names of samples without a header. */
const RAW = new Set(["raw", "pcm"]);
/** Kinds of one listing that are told apart; what a name does not tell is not opened, because each look is a request. */
const NOT_TOLD: OtherKind = {
  leftOut: "objects whose names are not those of recordings",
  hint: "One that is a recording is read where its own address is given.",
};
const STRANGE_NAME = new OrcaError("unreadable", "Its key cannot be a file's name: it has an empty part, or . or ..", {
  hint: "Copy the object to another key.",
});

/** The recordings that an address means: one, those in a folder of a bucket, or those that fit a pattern. Throws OrcaError. */
export async function findElsewhere(address: string, options: Options): Promise<FoundElsewhere> {
  const place = placeOf(address);
  if (place.kind === "web") return await one(place, options);
  const glob = globOf(`${place.bucket}/${place.key}`);
  if (glob !== undefined) return await listed(address, place, literal(place.key), options, glob);
  if (place.key !== "" && !place.key.endsWith("/")) {
    const found = await one(place, options).catch(ifAbsent);
    if (found !== undefined) return found;
  }
  const folder = place.key === "" || place.key.endsWith("/") ? place.key : `${place.key}/`;
  return await listed(address, place, folder, options);
}

/** Amazon says 403 for a key that is not there to who may not list; that is found out by listing. */
function ifAbsent(thrown: unknown): undefined {
  if (thrown instanceof OrcaError && ["not_audio", "forbidden"].includes(thrown.code)) return undefined;
  throw thrown;
}

async function one(place: Place, { client }: Options): Promise<FoundElsewhere> {
  const object = await describeFile(client, place);
  const path = placeText(place);
  const root = path.slice(0, path.lastIndexOf("/"));
  return { recordings: [recordingOf(object)], root, leftOut: [], missing: [] };
}

async function listed(
  address: string,
  place: Bucket,
  prefix: string,
  { client, raw, isResult, listings, takes }: Options,
  glob?: Glob,
): Promise<FoundElsewhere> {
  const recordings: Recording[] = [];
  const missing: { path: string; error: OrcaError }[] = [];
  const leftOut = new Map<string, { kind: OtherKind; path: string; count: number }>();
  const results = new Set<string>();
  const within = `${place.bucket}/${folderOf(prefix)}`;
  const from = { ...place, key: prefix };
  const pages = listings === undefined ? listPages(client, from) : listings.pages(client, from);
  let keys = 0;
  for await (const { objects } of pages) {
    for (const object of objects) {
      const { key } = object.place as Bucket;
      keys++;
      const names = key.slice(folderOf(prefix).length).split("/");
      const state = names.indexOf(STATE_FOLDER);
      if (state > 0 && takes === undefined)
        results.add(`${placeText({ ...place, key: folderOf(prefix) })}${names.slice(0, state).join("/")}/`);
      // Programs make empty objects in place of folders.
      if (key.endsWith("/") || names.some((name) => name.startsWith(".") && name !== "." && name !== "..")) continue;
      if (isResult(key) || glob?.matches(`${place.bucket}/${key}`.slice(glob.folder.length + 1)) === false) continue;
      const path = placeText(object.place);
      if (names.some((name) => ["", ".", ".."].includes(name))) missing.push({ path, error: STRANGE_NAME });
      else {
        const kind = takes === undefined ? kindByName(key, raw) : takes.isOne(key) ? undefined : takes.others;
        if (kind === undefined) recordings.push(recordingOf(object));
        else {
          const others = leftOut.get(kind.leftOut) ?? { kind, path, count: 0 };
          others.count++;
          leftOut.set(kind.leftOut, others);
        }
      }
    }
  }
  // A folder that holds results of this program is passed over whole, as on a disk.
  const own = recordings.filter(({ path }) => ![...results].some((folder) => path.startsWith(folder)));
  if (own.length === 0 && missing.length === 0)
    throw await nothing(address, place, keys, [...leftOut.values()], client, glob);
  return {
    recordings: own,
    root: `${place.scheme}://${within}`.replace(/\/$/, ""),
    leftOut: [...leftOut.values()],
    missing,
  };
}

/** What an object is by its name; undefined for a recording. */
function kindByName(key: string, raw: boolean): OtherKind | undefined {
  const ending = endingOf(key);
  if (raw) return RAW.has(ending) ? undefined : NOT_TOLD;
  if (RECORDING_ENDINGS.has(ending)) return undefined;
  if (isDetections(key)) return DETECTIONS;
  const maker = makersKind(key);
  return maker === undefined ? NOT_TOLD : { leftOut: maker.name, hint: maker.convert };
}

export function recordingOf(object: RemoteObject): Recording {
  const path = placeText(object.place);
  const { size = 0, modified = 0, etag } = object;
  return {
    path,
    absolute: path,
    name: path,
    bytes: size,
    modified,
    ...(etag === undefined ? {} : { etag }),
    elsewhere: { parts: [object] },
  };
}

/** The beginning of a key that a pattern leaves no choice of. */
const literal = (pattern: string) => /^[^*?[\]{}()!+@\\]*/.exec(pattern)?.[0] ?? "";
const folderOf = (key: string) => key.slice(0, key.lastIndexOf("/") + 1);

async function nothing(
  address: string,
  place: Bucket,
  keys: number,
  leftOut: readonly { readonly kind: OtherKind; readonly path: string; readonly count: number }[],
  client: RemoteClient,
  glob: Glob | undefined,
): Promise<OrcaError> {
  const what = glob === undefined ? "no recording lies in this folder" : "no recording fits this pattern";
  const told = leftOut.map(
    ({ kind, path, count }) => `Left out: ${count} x ${kind.leftOut} (${path}${count > 1 ? ", …" : ""}).`,
  );
  if (keys === 0 && glob === undefined && place.key !== "" && !place.key.endsWith("/")) {
    for await (const { objects } of listPages(client, place)) {
      const first = objects[0]?.place;
      if (first !== undefined)
        told.push(`Keys that begin alike are others' (${placeText(first)}): ${address}* takes them.`);
      break;
    }
  }
  return new OrcaError("bad_option", [`${address}: ${what}.`, ...told].join(" "), {
    hint: "Objects are told by their names' endings.",
  });
}

/** The deepest folder that holds all of these addresses. Throws `bad_option` where none does. */
export function commonAddress(roots: readonly string[]): string {
  const [first = "", ...rest] = roots.map((root) => root.split("/"));
  let common = [...first];
  for (const parts of rest) {
    const end = common.findIndex((part, at) => part !== parts[at]);
    if (end >= 0) common = common.slice(0, end);
  }
  if (common.length > 0) return common.join("/");
  throw new OrcaError(
    "bad_option",
    `${roots[0]} and ${roots.at(-1)} have no folder in common, from which results are named.`,
    {
      hint: "Give them in runs of their own.",
    },
  );
}

/** A recording's name in results: its address from the base. Throws `bad_option`. */
export function nameFrom(base: string, path: string): string {
  const from = base.endsWith("/") ? base : `${base}/`;
  if (path.startsWith(from) && path.length > from.length) return path.slice(from.length);
  throw new OrcaError("bad_option", `${path} does not lie in --base ${base}.`, { field: "base" });
}

/** Whether all are addresses, or none is. Throws `bad_option` for some of each. */
export function allElsewhere(given: readonly string[]): boolean {
  const some = given.filter(isRemote);
  if (some.length === 0 || some.length === given.length) return some.length > 0;
  throw new OrcaError("bad_option", `${some[0]} is an address, and ${given.find((one) => !isRemote(one))} is a path.`, {
    hint: "Give addresses and paths in runs of their own: their results are named from one folder.",
  });
}
