import { OrcaError } from "../../errors.ts";
import { FLAC_BLOCK, flac16Parts } from "../../output/index.ts";
import { Turn } from "../../turns.ts";
import type { WatchEvent } from "../event.ts";
import type { KeptClip } from "../store/event-store.ts";

/** Where sound and pictures of events lie. */
export interface ClipShelf {
  /** Throws `unwritable` where there is no room. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  get(name: string): Promise<Uint8Array | undefined>;
  /** What is not there is no matter. */
  delete(name: string): Promise<void>;
}

/** What the model sees of a sound, as a PNG; undefined where it takes the waveform itself. */
export type Painter = (samples: Float32Array, rate: number) => Promise<Uint8Array | undefined>;

/** Makes files of events' sound: FLAC, with the picture beside it. */
export class ClipMaker {
  readonly #shelf: ClipShelf;
  readonly #paint: Painter | undefined;
  readonly #say: (line: string) => void;
  /** Whether it was said that there is no room. */
  #full = false;

  constructor(shelf: ClipShelf, paint: Painter | undefined, say: (line: string) => void) {
    this.#shelf = shelf;
    this.#paint = paint;
    this.#say = say;
  }

  /** @param start  when the first sample was taken, ms since 1970. @returns what is kept, or why nothing is, in words */
  async make(event: WatchEvent, samples: Float32Array, rate: number, start: number): Promise<KeptClip | string> {
    if (samples.length === 0) return "Its sound was not there any more.";
    const name = nameOf(event);
    try {
      const sound = await inTurns(samples, rate);
      await this.#shelf.put(`${name}.flac`, sound);
      const painted = await this.#paint?.(samples, rate).catch(() => undefined);
      if (painted !== undefined) await this.#shelf.put(`${name}.png`, painted);
      if (this.#full) this.#say("There is room for sound again.");
      this.#full = false;
      return {
        clip: `${name}.flac`,
        clipStart: start,
        clipSeconds: samples.length / rate,
        picture: painted === undefined ? undefined : `${name}.png`,
        bytes: sound.length + (painted?.length ?? 0),
      };
    } catch (thrown) {
      if (!(thrown instanceof OrcaError)) throw thrown;
      if (!this.#full) this.#say(`Sound is not kept, and events go on: ${thrown.message}`);
      this.#full = true;
      return thrown.message;
    }
  }
}

/** `orcasound-lab/20261128T154107Z-orca-5f0c1a2b`, safe on every disk. */
function nameOf({ id, hydrophone, start, class: name }: WatchEvent): string {
  const when = new Date(start).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const what = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 40);
  return `${hydrophone}/${when}-${what}-${id.slice(0, 8)}`;
}

/** FLAC, made while others have their turns: what is to be told of events does not wait for their sound. */
async function inTurns(samples: Float32Array, rate: number): Promise<Uint8Array<ArrayBuffer>> {
  const turn = new Turn();
  try {
    const parts = flac16Parts(samples, rate);
    for (let at = 0; ; ) {
      const { done, value } = parts.next();
      if (done) return value;
      const before = at;
      at = Math.min(samples.length, at + FLAC_BLOCK);
      await turn.step(at - before);
    }
  } finally {
    turn.end();
  }
}
