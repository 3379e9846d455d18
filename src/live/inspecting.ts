import { type AudioInfo, type ClockSpan, DetectingDecoder, id3Length, type ReadingModules } from "../audio/index.ts";
import { asOrcaError } from "../errors.ts";
import { Kernels } from "../kernels/index.ts";
import { segmentStart } from "./packed-audio.ts";

/** Packagers reckon the time in the tag of packed audio themselves, s. */
const PACKED_WAVER = 0.5;

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

  constructor(modules: ReadingModules) {
    this.#modules = modules;
  }

  inspect(file: Uint8Array): Inspected {
    const known = this.#seen.get(file);
    if (known !== undefined) return known;
    const tag = id3Length(file);
    const inspected = this.#look(file.subarray(tag), segmentStart(file.subarray(0, tag)));
    this.#seen.set(file, inspected);
    return inspected;
  }

  /** A decoder as a stretch has one. */
  decoder(): DetectingDecoder {
    return new DetectingDecoder(new Kernels(this.#modules.kernels), this.#modules.codecs ?? {}, { channel: "mean" });
  }

  /** @param from  what the tag in front says of its time */
  #look(bytes: Uint8Array, from: number | undefined): Inspected {
    const decoder = this.decoder();
    let samples = 0;
    try {
      for (const part of decoder.push(bytes)) samples += part.length;
      for (const part of decoder.flush()) samples += part.length;
    } catch (thrown) {
      const { code, message } = asOrcaError(thrown);
      const unsupported = code === "unsupported_encoding";
      return { bytes, info: undefined, seconds: 0, span: undefined, damage: message, unsupported };
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
