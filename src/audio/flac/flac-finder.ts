import type { RandomAccess } from "../behind.ts";
import { type Entrance, notInPieces, type SoundLayout } from "../pieces.ts";
import { FlacFrames, type FlacUnit } from "./flac-frames.ts";
import type { StreamInfo } from "./stream-info.ts";

/** Bytes that are read at a time. */
const BLOCK = 1 << 16;
/** What lies so near is decoded and not looked for: blocks, and bytes. */
const [NEAR_BLOCKS, NEAR_BYTES] = [4, BLOCK];
/** Bytes before a guess: a frame's beginning is looked for from there on. */
const BACK = 1 << 14;
/** Looks; halving alone takes 40 for a terabyte. */
const MOST_LOOKS = 64;
/** Bytes before the end among which the last frame is looked for. */
const LAST_BYTES = 1 << 24;

type Frame = Omit<Extract<FlacUnit, { kind: "frame" }>, "pcm">;

/**
 * Finds frames in the middle of a FLAC file, by sync code and checksums: a few reads, wherever they are. Two in a row make
 * one certain, as sound may look like one by chance.
 */
export class FlacFinder {
  readonly #access: RandomAccess;
  readonly #frames: FlacFrames;
  readonly #stream: StreamInfo;
  readonly #start: number;

  /** @param start  byte of the first frame */
  constructor(access: RandomAccess, module: WebAssembly.Module, stream: StreamInfo, start: number) {
    this.#access = access;
    this.#frames = new FlacFrames(module, stream, start);
    this.#stream = stream;
    this.#start = start;
  }

  /** Undefined where no frame stands at the start, or no sound is told of. */
  async layout(): Promise<SoundLayout | undefined> {
    const { smallestBlock, largestBlock, total } = this.#stream;
    const { value: first } = await this.#units(this.#start).next();
    if (first?.kind !== "frame" || first.source !== this.#start) return undefined;
    const unit = smallestBlock === largestBlock ? largestBlock : first.length;
    const origin = firstSample(first, unit);
    const end = total ?? (await this.#end(unit));
    if (end === undefined || end <= origin) return undefined;
    return { container: "flac", start: this.#start, samples: end - origin, unit, origin };
  }

  /**
   * The frame that holds sample `target`, or one a little before it.
   * Throws `too_large` where frames' numbers do not rise: only who reads all of them tells what that is.
   */
  async entrance(target: number, { samples, unit, origin }: SoundLayout): Promise<Entrance> {
    let low: Entrance = { byte: this.#start, sample: 0 };
    let high: Entrance = { byte: this.#access.size, sample: Math.max(samples, target + 1) };
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      const span = high.byte - low.byte;
      if (span <= NEAR_BYTES || target - low.sample <= NEAR_BLOCKS * unit) break;
      // Where sound is quiet frames are short: every third look halves what is left, whatever the shares say.
      const share = looks % 3 === 2 ? 0.5 : (target - low.sample) / (high.sample - low.sample);
      const at = Math.min(Math.max(low.byte + Math.floor(share * span) - BACK, low.byte + 1), high.byte - 1);
      const found = await this.#certain(at, high.byte);
      if (found === undefined) {
        high = { byte: at, sample: high.sample };
        continue;
      }
      const sample = firstSample(found, unit) - origin;
      if (sample <= low.sample) throw notInPieces(found.source, "the numbers of FLAC frames begin again");
      if (sample <= target) low = { byte: found.source, sample };
      else high = { byte: at, sample };
    }
    return low;
  }

  /** Behind the last sample, where the header does not say it. */
  async #end(unit: number): Promise<number | undefined> {
    let last: Frame | undefined;
    for await (const found of this.#units(Math.max(this.#start, this.#access.size - LAST_BYTES))) {
      if (found.kind === "frame") last = found;
    }
    return last === undefined ? undefined : firstSample(last, unit) + last.length;
  }

  /** The first frame from byte `from` on that is followed by the next one; undefined where none begins before `to`. */
  async #certain(from: number, to: number): Promise<Frame | undefined> {
    let before: Frame | undefined;
    for await (const found of this.#units(from)) {
      if (found.kind !== "frame") {
        if (found.kind === "marker") return undefined;
        before = undefined;
        if (found.kind === "garbage" && found.source >= to) return undefined;
        continue;
      }
      const next = before === undefined ? undefined : before.number + (before.variable ? before.length : 1);
      if (found.number === next) return before;
      if (found.source >= to) return undefined;
      before = found;
    }
    // Nothing comes behind the last one.
    return before;
  }

  async *#units(from: number): AsyncGenerator<FlacUnit> {
    const frames = this.#frames;
    frames.restart(from);
    const { size } = this.#access;
    for (let at = from; at < size; ) {
      const block = await this.#access.read(at, BLOCK);
      // Fewer bytes than there were: who reads them says so.
      if (block.length === 0) break;
      at += block.length;
      for (let taken = 0; taken < block.length; ) {
        taken += frames.append(block.subarray(taken));
        for (let unit = frames.next(false); unit !== undefined; unit = frames.next(false)) {
          yield unit;
          if (unit.kind === "marker") return;
        }
      }
    }
    for (let unit = frames.next(true); unit !== undefined; unit = frames.next(true)) yield unit;
  }
}

const firstSample = ({ number, variable }: Frame, unit: number) => (variable ? number : number * unit);
