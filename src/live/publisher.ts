import { OrcaError } from "../errors.ts";
import { nameOf, quoted } from "./addresses.ts";
import type { Copy } from "./copy.ts";
import type { Trouble } from "./patience.ts";
import { readPlaylist } from "./playlist.ts";
import type { SharedFile, SharedFiles } from "./shared-files.ts";
import type { LiveSource } from "./types.ts";

/** A playlist's place, and the second that names its folder where it is an Orcasound node's. */
export interface Folder {
  readonly url: string;
  readonly epoch: number | undefined;
}

export interface Listing extends Copy {
  /** The second that names the folder in which it lies, by the last address. */
  readonly epoch: number | undefined;
}

/** The address is of no playlist but of sound. */
export interface Sound {
  readonly sound: true;
}

const SMALL = { most: 1024, within: 10_000 };
/** A folder of six hours lists 2,158 segments in 80 kB (orcasound/orcasite#66). */
const PLAYLIST = { most: 2 * 1024 ** 2, within: 10_000, list: true };
/** latest.txt changes a few times a day: how often it is asked for, ms. */
const LATEST_EVERY = 30_000;
/** A listener takes what another one was given so long ago, ms. */
const FRESH = 1000;

/** Reads where a hydrophone publishes now, and what it lists there. */
export class Publisher {
  readonly #source: LiveSource;
  readonly #files: SharedFiles;
  readonly #signal: AbortSignal;
  #folder: Folder | undefined;
  #asked = Number.NEGATIVE_INFINITY;

  constructor(source: LiveSource, files: SharedFiles, signal: AbortSignal) {
    this.#source = source;
    this.#files = files;
    this.#signal = signal;
    if (source.kind === "url") this.#folder = { url: source.url, epoch: epochOf(source.url) };
  }

  get folder(): Folder | undefined {
    return this.#folder;
  }

  /** The folder of this name, of a node. */
  folderOf(epoch: number): Folder | undefined {
    if (this.#source.kind === "url") return undefined;
    return { url: new URL(`hls/${epoch}/live.m3u8`, this.#source.url.replace(/\/*$/, "/")).href, epoch };
  }

  moveTo(folder: Folder): void {
    this.#folder = folder;
  }

  /**
   * Another folder, where latest.txt names one.
   * @param quiet  whether the one that is read seems to have ended: then an older one counts too (a clock was set back),
   *   and it is asked for at once
   */
  async next(quiet: boolean): Promise<Folder | Trouble | undefined> {
    if (this.#source.kind === "url") return undefined;
    const now = this.#files.clock.now();
    if (this.#folder !== undefined && !quiet && now - this.#asked < LATEST_EVERY) return undefined;
    this.#asked = now;
    const base = this.#source.url.replace(/\/*$/, "/");
    const url = new URL("latest.txt", base).href;
    const file = await this.#files.get(url, this.#source, SMALL, FRESH, this.#signal);
    if (file.status !== "ok") return troubleOf(file);
    const text = new TextDecoder().decode(file.bytes).trim();
    if (!/^\d{9,11}$/.test(text)) {
      const trouble = `${nameOf(url)} holds ${quoted(text)}, not the seconds that name a folder`;
      return { trouble, retryAfter: undefined };
    }
    const epoch = Number(text);
    const current = this.#folder?.epoch ?? 0;
    // A cache may give an old copy.
    if (epoch === current || (epoch < current && !quiet)) return undefined;
    return { url: new URL(`hls/${text}/live.m3u8`, base).href, epoch };
  }

  /**
   * The playlist of `folder`; a folder's address may also be of sound itself. Throws `unsupported_encoding`.
   * @param fresh  how old it may be, ms
   */
  async list(folder: Folder, fresh = FRESH): Promise<Listing | Trouble | Sound> {
    let { url } = folder;
    for (let depth = 0; ; depth++) {
      const file = await this.#files.get(url, this.#source, PLAYLIST, fresh, this.#signal);
      if (file.status === "sound" && depth === 0 && this.#source.kind === "url") return { sound: true };
      if (file.status !== "ok") return troubleOf(file);
      try {
        const playlist = readPlaylist(new TextDecoder().decode(file.bytes), file.url);
        if (playlist.kind === "media") {
          const epoch = epochOf(file.url) ?? folder.epoch;
          return { playlist, epoch, listed: this.#files.clock.now(), modified: file.modified };
        }
        if (depth > 0) return { trouble: `${nameOf(url)} is one list of playlists in another`, retryAfter: undefined };
        url = playlist.url;
      } catch (thrown) {
        // Half of one may have been written, or an error page come in its place.
        if (!(thrown instanceof OrcaError) || thrown.code !== "playlist_malformed") throw thrown;
        return { trouble: thrown.message, retryAfter: undefined };
      }
    }
  }
}

/** The second that names an Orcasound folder, of a playlist's address: …/hls/{epoch}/live.m3u8. */
function epochOf(url: string): number | undefined {
  const found = /\/hls\/(\d{9,11})\/live\.m3u8$/.exec(new URL(url).pathname)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Throws where to try again is of no use. */
function troubleOf(file: Exclude<SharedFile, { status: "ok" }>): Trouble {
  const { status, reason } = file;
  if (status !== "failed") return { trouble: reason, retryAfter: undefined, gone: status === "missing" };
  if (file.final === true) throw finalError(reason);
  return { trouble: reason, retryAfter: file.retryAfter };
}

export function finalError(reason: string): OrcaError {
  return new OrcaError("live_failed", reason, {
    hint: "Cloudflare lets one request fetch only so often (docs/live.md): ask again to go on.",
  });
}
