import { BitWriter } from "../aac/support/bit-writer.ts";

/** How a frame is written. */
export interface AlacFrameOptions {
  readonly bits: number;
  /** Samples as they are. */
  readonly plain?: boolean;
  /** Low bytes that are left out of the prediction. */
  readonly lowBytes?: 0 | 1 | 2;
  /** 0: residuals are samples; 31: differences. */
  readonly order?: 0 | 31;
  /** Weight of the left channel in the mean, in quarters; 0 keeps left and right. */
  readonly mix?: number;
  /** Says its length, as the last frame of a recording does. */
  readonly partial?: boolean;
}

/** As encoders have them: history multiplier, initial mean, most bits of a code. */
const [HISTORY, START, LIMIT] = [40, 10, 14] as const;

/** ALACSpecificConfig. */
export function alacConfig(fields: { frame: number; bits: number; channels: number; rate: number }): Uint8Array {
  const view = new DataView(new ArrayBuffer(24));
  view.setUint32(0, fields.frame);
  for (const [at, value] of [0, fields.bits, HISTORY, START, LIMIT, fields.channels].entries())
    view.setUint8(4 + at, value);
  view.setUint16(10, 255);
  view.setUint32(20, fields.rate);
  return new Uint8Array(view.buffer);
}

/** One frame of one or two channels. */
export function alacFrame(channels: readonly (readonly number[])[], options: AlacFrameOptions): Uint8Array {
  const { bits, plain = false, lowBytes = 0, order = 0, mix = 0, partial = false } = options;
  const out = new BitWriter();
  const count = channels[0]?.length ?? 0;
  out
    .put(channels.length === 2 ? 1 : 0, 3)
    .put(0, 4)
    .put(0, 12);
  out
    .put(partial ? 1 : 0, 1)
    .put(lowBytes, 2)
    .put(plain ? 1 : 0, 1);
  if (partial) out.put(count, 32);
  if (plain) {
    for (let i = 0; i < count; i++) for (const channel of channels) out.put((channel[i] as number) >>> 0, bits);
  } else {
    const low = 8 * lowBytes;
    const depth = bits - low + (channels.length === 2 ? 1 : 0);
    const high = channels.map((channel) => channel.map((value) => value >> low));
    const [left = [], right = []] = high;
    const mixed =
      mix === 0
        ? high
        : [
            left.map((value, i) => (mix * value + (4 - mix) * (right[i] as number)) >> 2),
            left.map((value, i) => value - (right[i] as number)),
          ];
    out.put(2, 8).put(mix & 255, 8);
    for (const _ of channels) {
      out.put(0, 4).put(9, 4).put(4, 3).put(order, 5);
      for (let i = 0; i < order; i++) out.put(0, 16);
    }
    if (low > 0) {
      for (let i = 0; i < count; i++)
        for (const channel of channels) out.put((channel[i] as number) & (2 ** low - 1), low);
    }
    for (const channel of mixed) {
      const spare = 32 - depth;
      putResidual(
        out,
        order === 0 ? channel : channel.map((x, i) => ((x - (channel[i - 1] ?? 0)) << spare) >> spare),
        depth,
      );
    }
  }
  out.put(7, 3);
  return out.bytes();
}

/** Adaptive Golomb codes, and runs of zeros. */
function putResidual(out: BitWriter, values: readonly number[], depth: number): void {
  let mean: number = START;
  let afterRun = 0;
  for (let i = 0; i < values.length; ) {
    const k = Math.min(LIMIT, 31 - Math.clz32((mean >>> 9) + 3));
    const value = values[i++] as number;
    const folded = value < 0 ? 2 * -value - 1 : 2 * value;
    const code = folded - afterRun;
    putCode(out, code, k, 2 ** k - 1, depth);
    mean = HISTORY * folded + mean - ((HISTORY * mean) >>> 9);
    if (code > 0xffff) mean = 0xffff;
    afterRun = 0;
    if (4 * mean >= 512 || i >= values.length) continue;
    let run = 0;
    while (i < values.length && values[i] === 0 && run < 0xffff) {
      run++;
      i++;
    }
    const bits = Math.clz32(mean) - 24 + ((mean + 16) >> 6);
    putCode(out, run, bits, (2 ** bits - 1) & (2 ** LIMIT - 1), 16);
    afterRun = run < 0xffff ? 1 : 0;
    mean = 0;
  }
}

function putCode(out: BitWriter, code: number, k: number, step: number, depth: number): void {
  const prefix = Math.floor(code / step);
  if (prefix >= 9) {
    out.put(0x1ff, 9).put(code >>> 0, depth);
    return;
  }
  out.put(2 ** prefix - 1, prefix).put(0, 1);
  if (k === 1) return;
  const rest = code - prefix * step;
  if (rest === 0) out.put(0, k - 1);
  else out.put(rest + 1, k);
}
