import type { Sound } from "../audio/sound.ts";
import { COLUMNS, columnSeconds, type Picture, type Tile, type TileMessage, type TileRequest } from "./tile.ts";

/** Tiles that are kept, the least recently drawn dropped first: 100 kB each. */
const MOST_TILES = 240;
/** Requests that the worker has at a time: what is looked at changes faster than tiles come. */
const AHEAD = 2;

/** Whether a tile is made, made quickly, or only taken where it is there. */
type How = "wanted" | "rough" | "there";

/** A tile as far as it has come. */
interface Held {
  tile: Tile | undefined;
  /** Seconds of sound that there were when it was made. */
  seconds: number;
  drawn: number;
}

/** The tiles of the sounds that are looked at, made by a worker when they are first asked for. */
export class TileStore {
  readonly #held = new Map<string, Held>();
  readonly #address: string;
  readonly #changed: () => void;
  #worker: Worker | undefined;
  /** What the worker knows of the open sound. */
  #told: { readonly name: string; readonly seconds: number } | undefined;
  #waiting = new Map<string, { readonly request: TileRequest; readonly sound: Sound }>();
  #asked = new Set<string>();
  #frame = 0;

  /** @param address  of tile-worker.js */
  constructor(address: string, changed: () => void) {
    this.#address = address;
    this.#changed = changed;
  }

  /** Begins a drawing: what the last one asked for and has not come is not waited for any more. */
  begin(): void {
    this.#frame++;
    this.#waiting.clear();
  }

  /**
   * A tile, or undefined while it is not there; then it is asked for, unless only what is `there` is wanted.
   * @param name  of the sound, which is another for every other sound
   */
  get(
    name: string,
    sound: Sound,
    picture: Picture,
    level: number,
    index: number,
    how: How = "wanted",
  ): Tile | undefined {
    const key = `${name} ${JSON.stringify(picture)} ${level} ${index}`;
    const held = this.#held.get(key);
    if (held !== undefined) held.drawn = this.#frame;
    if (how === "there") return held?.tile;
    const end = (index + 1) * COLUMNS * columnSeconds(picture, sound.rate, level);
    // Of a sound that grows, the last tile does.
    const grown = held?.tile !== undefined && held.seconds < Math.min(end, sound.seconds);
    if ((held?.tile === undefined || grown) && !this.#asked.has(key)) {
      const request = { key, sound: name, picture, level, index, rough: how === "rough" };
      this.#waiting.set(key, { request, sound });
    }
    return held?.tile;
  }

  /** Ends a drawing: sends what is wanted, as far as the worker has time. */
  end(): void {
    for (const [key, { request, sound }] of this.#waiting) {
      if (this.#asked.size >= AHEAD) return;
      this.#waiting.delete(key);
      this.#asked.add(key);
      this.#tell(request.sound, sound);
      const held = this.#held.get(key) ?? { tile: undefined, seconds: 0, drawn: this.#frame };
      held.seconds = sound.seconds;
      this.#held.set(key, held);
      this.#ready().postMessage({ kind: "tile", ...request } satisfies TileMessage);
    }
  }

  /** Starts the worker before the first sound comes. */
  warm(): void {
    this.#ready();
  }

  #tell(name: string, sound: Sound): void {
    const { seconds, source } = sound;
    if (this.#told?.name === name && (source.kind === "wav" || this.#told.seconds === seconds)) return;
    this.#told = { name, seconds };
    this.#ready().postMessage({ kind: "sound", sound: name, source } satisfies TileMessage);
  }

  #ready(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    this.#worker = new Worker(this.#address);
    this.#worker.onmessage = ({ data }: MessageEvent<Tile | { key: string; failed: string }>) => {
      this.#asked.delete(data.key);
      const held = this.#held.get(data.key);
      if (held !== undefined && "values" in data) held.tile = data;
      this.#drop();
      this.#changed();
    };
    return this.#worker;
  }

  #drop(): void {
    if (this.#held.size <= MOST_TILES) return;
    const oldest = [...this.#held].sort(([, a], [, b]) => a.drawn - b.drawn);
    for (const [key] of oldest.slice(0, this.#held.size - MOST_TILES))
      if (!this.#asked.has(key)) this.#held.delete(key);
  }
}
