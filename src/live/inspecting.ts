import { type AudioInfo, type ClockSpan, DetectingDecoder, id3Length, type ReadingModules } from "../audio/index.ts";
import { asOrcaError } from "../errors.ts";
import { Kernels } from "../kernels/index.ts";
import { Turn } from "../turns.ts";
import { segmentStart } from "./packed-audio.ts";

/** Packagers reckon the time in the tag of packed audio themselves, s. */
const PACKED_WAVER = 0.5;

/** A look that has not gone on for so long (ms) was given up with its listener's request: the next one looks anew. */
const GIVEN_UP = 5000;
/** Milliseconds after which one that waits for another's look asks again: in workerd a promise dies with its request. */
const ASK_EVERY = 10;

/** What a segment holds. */
export interface Inspected {
  /** Its bytes without the tag in front, which packed audio has (RFC 8216, 3.4). */
  readonly bytes: Uint8Array;
  /** Undefined where it cannot be decoded at all. */
  readonly info: AudioInfo | undefined;
  /** Of audio. */
  readonly seconds: number;
  /** Where it lies by its own time stamps; undefined where it has none. */
  readonly span: ClockSpan | undefined;
  /** What is wrong with it; undefined where it decodes without a loss. A cut end alone is no damage, but short. */
  readonly damage: string | undefined;
  /** Whether it is correct audio of a kind that is not read. */
  readonly unsupported: boolean;
}

/**
 * Decodes segments on their own before they are let into a stretch: so a damaged one is found before any of it is taken
 * for audio. The decoder of the stretch then decodes them in a row. A segment is looked at once, however many listen.
 */
export class Inspector {
  readonly #modules: ReadingModules;
  readonly #seen = new WeakMap<Uint8Array, Inspected>();
  /** When somebody's look at a file last went on. */
  readonly #looks = new WeakMap<Uint8Array, number>();

  constructor(modules: ReadingModules) {
    this.#modules = modules;
  }

  async inspect(file: Uint8Array): Promise<Inspected> {
    for (;;) {
      const known = this.#seen.get(file);
      if (known !== undefined) return known;
      if (Date.now() - (this.#looks.get(file) ?? 0) > GIVEN_UP) break;
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY));
    }
    const goesOn = () => void this.#looks.set(file, Date.now());
    goesOn();
    const tag = id3Length(file);
    const inspected = await this.#look(file.subarray(tag), segmentStart(file.subarray(0, tag)), goesOn);
    this.#seen.set(file, inspected);
    return inspected;
  }

  /** A decoder as a stretch has one. */
  decoder(): DetectingDecoder {
    return new DetectingDecoder(new Kernels(this.#modules.kernels), this.#modules.codecs ?? {}, { channel: "mean" });
  }

  /** @param from  what the tag in front says of its time. @param goesOn  called at every step */
  async #look(bytes: Uint8Array, from: number | undefined, goesOn: () => void): Promise<Inspected> {
    const decoder = this.decoder();
    const turn = new Turn();
    let samples = 0;
    try {
      for (const part of decoder.push(bytes)) {
        samples += part.length;
        await turn.step(part.length);
        goesOn();
      }
      for (const part of decoder.flush()) samples += part.length;
    } catch (thrown) {
      const { code, message } = asOrcaError(thrown);
      const unsupported = code === "unsupported_encoding";
      return { bytes, info: undefined, seconds: 0, span: undefined, damage: message, unsupported };
    } finally {
      turn.end();
    }
    const { info } = decoder;
    const seconds = samples / (info?.rate ?? 1);
    const packed = from === undefined ? undefined : { from, to: from + seconds, waver: PACKED_WAVER };
    const span = decoder.span ?? packed;
    const lost = decoder.findings().find((finding) => finding.lost && finding.code !== "truncated");
    return { bytes, info, seconds, span, damage: lost?.message, unsupported: false };
  }
}

/** Containers and codecs whose pieces make a whole when they are put in a row. */
const IN_A_ROW = ["mpeg-ts", "adts", "mp3"];

export const joinsInARow = ({ container }: AudioInfo): boolean => IN_A_ROW.includes(container);

/** Whether a decoder that reads the one can go on with the other. */
export function isAlike(a: AudioInfo, b: AudioInfo): boolean {
  return a.container === b.container && a.encoding === b.encoding && a.rate === b.rate && a.channels === b.channels;
}
