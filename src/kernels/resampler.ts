import { OrcaError } from "../errors.ts";
import type { Kernels } from "./kernels.ts";
import { designResampler, PASS_BAND, type ResamplerDesign } from "./resampler-design.ts";

/** Rates that are taken, in Hz: from the slowest long-term recorder to ultrasonic ones. */
export const MIN_RATE = 1000;
export const MAX_RATE = 768_000;

/** How the resampler is named in every header. */
export const RESAMPLER_NAME = "kaiser180";

/** Samples taken, and made, at a time: bounds memory and time, changes no number. */
const BLOCK = 16384;

/** What was done to the rate, for the header. */
export interface ResamplerDescription {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Hz up to which the signal is kept within 0.001 dB. */
  readonly passBand: number;
  /** Seconds by which the output is late: the filter is centred, so 0. */
  readonly delay: number;
}

export function describeResampler(from: number, to: number): ResamplerDescription {
  if (from === to) return { name: "none", from, to, passBand: from / 2, delay: 0 };
  return { name: RESAMPLER_NAME, from, to, passBand: (PASS_BAND * Math.min(from, to)) / 2, delay: 0 };
}

/** Throws `code` for a rate outside the limits; it need be no whole number (the first Macs' is 22254.545 Hz). */
export function checkRate(
  rate: number,
  code: "wav_malformed" | "audio_malformed" | "bad_option",
  byteOffset?: number,
): void {
  if (rate >= MIN_RATE && rate <= MAX_RATE) return;
  throw new OrcaError(code, `A sample rate of ${rate} Hz is outside ${MIN_RATE} to ${MAX_RATE} Hz.`, {
    field: "rate",
    hint: "Check the header of the recording, or give rate= for raw PCM.",
    ...(byteOffset === undefined ? {} : { byteOffset }),
  });
}

/**
 * Streaming rational resampler: linear phase, zero delay (output k stands at input k * m / l), samples before the start
 * and after the end taken as 0. n inputs give floor(n * l / m) outputs. Each output is the same float32 sum however
 * the input is cut.
 */
export class Resampler {
  readonly #kernels: Kernels;
  readonly #design: ResamplerDesign;
  readonly #buffer: number;
  /** StoredFilters or SpacedFilters of assembly/resample.ts. */
  readonly #filters: number;
  readonly #output: number;
  /** Input samples taken at a time. */
  readonly #block: number;
  /** Input sample that stands first in the buffer; negative while the zeros before the start are there. */
  #origin: number;
  #held: number;
  #received = 0;
  #sent = 0;

  constructor(kernels: Kernels, inputRate: number, outputRate: number) {
    const design = designResampler(inputRate, outputRate);
    this.#kernels = kernels;
    this.#design = design;
    const stride = Math.ceil((4 * design.m) / design.l);
    this.#block = Math.max(1, Math.min(BLOCK, Math.floor((BLOCK * design.m) / design.l)));
    this.#buffer = kernels.alloc(design.rowLength + stride + this.#block, 4);
    this.#filters = layOutFilters(kernels, design);
    this.#output = kernels.alloc(Math.ceil(((this.#block + design.rowLength + stride) * design.l) / design.m) + 8, 4);
    this.#held = design.taps / 2 - 1;
    this.#origin = -this.#held;
  }

  /** Yields output samples; each view is good until the next step. */
  *push(samples: Float32Array): Generator<Float32Array<ArrayBuffer>> {
    for (let at = 0; at < samples.length; at += this.#block) {
      const part = samples.subarray(at, at + this.#block);
      this.#received += part.length;
      const made = this.#process(part);
      this.#sent += made;
      if (made > 0) yield this.#kernels.float32(this.#output, made);
    }
  }

  /** Yields what is left, the input continued by zeros. Nothing but `restart` may follow. */
  *flush(): Generator<Float32Array<ArrayBuffer>> {
    const { l, m } = this.#design;
    const total = Math.floor((this.#received * l) / m);
    const zeros = new Float32Array(this.#block);
    while (this.#sent < total) {
      const made = Math.min(this.#process(zeros), total - this.#sent);
      this.#sent += made;
      if (made > 0) yield this.#kernels.float32(this.#output, made);
    }
  }

  /** Forgets all input: what is pushed next is the start of another stretch. */
  restart(): void {
    this.#held = this.#design.taps / 2 - 1;
    this.#origin = -this.#held;
    this.#received = 0;
    this.#sent = 0;
    this.#kernels.float32(this.#buffer, this.#held).fill(0);
  }

  /**
   * Goes to output `output`, a multiple of 4, as if all input before it had been taken: what is made from there on has the
   * same bits. @returns the input sample that is to be pushed next
   */
  seek(output: number): number {
    const first = this.#firstInput(output);
    this.#origin = first;
    this.#held = Math.max(0, -first);
    this.#kernels.float32(this.#buffer, this.#held).fill(0);
    this.#received = Math.max(0, first);
    this.#sent = output;
    return this.#received;
  }

  #process(part: Float32Array): number {
    this.#kernels.float32(this.#buffer + this.#held * 4, part.length).set(part);
    this.#held += part.length;
    const made = this.#design.kind === "stored" ? this.#stored(this.#design) : this.#interpolated(this.#design);
    const next = this.#firstInput(this.#sent + made);
    const drop = Math.min(next - this.#origin, this.#held);
    this.#kernels.float32(this.#buffer, this.#held).copyWithin(0, drop);
    this.#held -= drop;
    this.#origin += drop;
    return made;
  }

  /** First input sample of output `k`, by exact integers (k * m stays below 2^53 for centuries of audio). */
  #firstInput(k: number): number {
    const { l, m, taps } = this.#design;
    return Math.floor((k * m) / l) - (taps / 2 - 1);
  }

  #stored(design: Extract<ResamplerDesign, { kind: "stored" }>): number {
    const { groups, advance, rowLength, taps } = design;
    const group = this.#sent / 4;
    const first = group % groups;
    const cycleStart = ((group - first) / groups) * advance - (taps / 2 - 1);
    const end = this.#origin + this.#held;
    let count = 0;
    for (; this.#firstInput(this.#sent + 4 * count) + rowLength <= end; count++);
    const x = this.#buffer + (cycleStart - this.#origin) * 4;
    this.#kernels.run.resampleGroups(this.#filters, x, first, count, this.#output);
    return 4 * count;
  }

  #interpolated(design: Extract<ResamplerDesign, { kind: "interpolated" }>): number {
    const { l, m, rowLength } = design;
    const end = this.#origin + this.#held;
    let count = 0;
    for (; this.#firstInput(this.#sent + count) + rowLength <= end; count++);
    const x = this.#buffer + (this.#firstInput(this.#sent) - this.#origin) * 4;
    const numerator = (this.#sent * m) % l;
    this.#kernels.run.resampleBetween(this.#filters, x, numerator, count, this.#output);
    return count;
  }
}

function layOutFilters(kernels: Kernels, design: ResamplerDesign): number {
  const { bank, rowLength } = design;
  const at = kernels.alloc(bank.length, 4);
  kernels.float32(at, bank.length).set(bank);
  if (design.kind === "interpolated") {
    return kernels.run.spacedFilters(at, rowLength * 4, design.phases, design.l, design.m);
  }
  const starts = kernels.alloc(design.groups, 4);
  kernels.int32(starts, design.groups).set(design.starts);
  const rows = kernels.alloc(design.rows.length, 4);
  kernels.int32(rows, design.rows.length).set(design.rows.map((place) => at + 4 * place));
  return kernels.run.filterRows(rows, rowLength * 4, starts, design.groups, design.advance);
}
