/** Samples of a block (RFC 9639, 9.1.1: 0b1100 is 4096). */
export const FLAC_BLOCK = 4096;
const BITS = 16;
/** Rice parameters that the method with four bits has (RFC 9639, 9.2.7.1); 15 would be an escape. */
const MOST_RICE = 14;
const ORDERS = 4;

/**
 * A FLAC file of one channel in 16 bits (RFC 9639): blocks of 4,096 samples, each by the best of the fixed predictors of
 * orders 0 to 4, Rice-coded in parts of 16; verbatim where that is shorter. Lossless in what 16 bits hold; samples beyond
 * full scale are clipped. The MD5 is left unknown, as the format allows.
 * @param samples  full scale is 1 @param rate  Hz, a whole number up to 1,048,575
 */
export function flac16(samples: Float32Array, rate: number): Uint8Array<ArrayBuffer> {
  const parts = flac16Parts(samples, rate);
  for (;;) {
    const { done, value } = parts.next();
    if (done) return value;
  }
}

/** The same a block at a time, for whoever has other things to do meanwhile: yields behind each, and returns the file. */
export function* flac16Parts(samples: Float32Array, rate: number): Generator<undefined, Uint8Array<ArrayBuffer>> {
  const frames: Uint8Array[] = [];
  const whole = new Int32Array(FLAC_BLOCK);
  for (let at = 0, number = 0; at < samples.length; at += FLAC_BLOCK, number++) {
    const length = Math.min(FLAC_BLOCK, samples.length - at);
    for (let i = 0; i < length; i++)
      whole[i] = Math.max(-32768, Math.min(32767, Math.round((samples[at + i] as number) * 32768)));
    frames.push(frame(whole.subarray(0, length), number));
    yield;
  }
  const sizes = frames.map(({ length }) => length);
  const head = new BitWriter();
  for (const character of "fLaC") head.write(character.charCodeAt(0), 8);
  head.write(1, 1); // the last block of metadata
  head.write(0, 7); // STREAMINFO
  head.write(34, 24);
  head.write(FLAC_BLOCK, 16);
  head.write(FLAC_BLOCK, 16);
  head.write(
    sizes.reduce((least, size) => Math.min(least, size), sizes[0] ?? 0),
    24,
  );
  head.write(
    sizes.reduce((most, size) => Math.max(most, size), 0),
    24,
  );
  head.write(Math.round(rate), 20);
  head.write(0, 3); // one channel
  head.write(BITS - 1, 5);
  head.write(samples.length, 36);
  for (let i = 0; i < 4; i++) head.write(0, 32);
  const parts = [head.bytes(), ...frames];
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function frame(samples: Int32Array, number: number): Uint8Array {
  const bits = new BitWriter();
  bits.write(0x3ffe, 14); // the sync code
  bits.write(0, 2); // fixed block size
  bits.write(7, 4); // the block size stands behind the number, 16 bits
  bits.write(0, 4); // the rate is the stream's
  bits.write(0, 4); // one channel
  bits.write(4, 3); // 16 bits
  bits.write(0, 1);
  codedNumber(bits, number);
  bits.write(samples.length - 1, 16);
  bits.write(crc8(bits.bytes()), 8);
  subframe(bits, samples);
  bits.align();
  const body = bits.bytes();
  const out = new Uint8Array(body.length + 2);
  out.set(body);
  const crc = crc16(body);
  out[body.length] = crc >> 8;
  out[body.length + 1] = crc & 0xff;
  return out;
}

/** RFC 9639, 9.1.5: like UTF-8. */
function codedNumber(bits: BitWriter, number: number): void {
  if (number < 0x80) {
    bits.write(number, 8);
    return;
  }
  let bytes = 2;
  while (bytes < 6 && number >= 2 ** (5 * bytes + 1)) bytes++;
  bits.write(((0xff00 >> bytes) & 0xff) | Math.floor(number / 2 ** (6 * (bytes - 1))), 8);
  for (let i = bytes - 2; i >= 0; i--) bits.write(0x80 | (Math.floor(number / 2 ** (6 * i)) & 0x3f), 8);
}

function subframe(bits: BitWriter, samples: Int32Array): void {
  const [first] = samples;
  if (samples.every((value) => value === first)) {
    bits.write(0, 8); // constant
    bits.write((first ?? 0) & 0xffff, BITS);
    return;
  }
  const { order, residual } = bestPredictor(samples);
  const partitions = samples.length === FLAC_BLOCK ? 4 : 0;
  const rice = riceParameters(residual, order, samples.length, partitions);
  const size = rice.reduce((sum, one) => sum + one.bits + 4, 6 + order * BITS);
  if (size >= samples.length * BITS) {
    bits.write(2, 8); // verbatim
    for (const value of samples) bits.write(value & 0xffff, BITS);
    return;
  }
  bits.write((8 | order) << 1, 8); // fixed predictor
  for (let i = 0; i < order; i++) bits.write((samples[i] as number) & 0xffff, BITS);
  bits.write(0, 2); // parameters of four bits
  bits.write(partitions, 4);
  let at = 0;
  for (const { parameter, count } of rice) {
    bits.write(parameter, 4);
    for (const end = at + count; at < end; at++) {
      const value = residual[at] as number;
      const folded = value < 0 ? -2 * value - 1 : 2 * value;
      bits.unary(folded >>> parameter);
      if (parameter > 0) bits.write(folded & ((1 << parameter) - 1), parameter);
    }
  }
}

/** RFC 9639, 9.2.5: differences of order 0 to 4; the one whose residual is least in sum. */
function bestPredictor(samples: Int32Array): { readonly order: number; readonly residual: Int32Array } {
  let best = { order: 0, residual: samples, sum: Number.POSITIVE_INFINITY };
  let differences = samples;
  for (let order = 0; order <= Math.min(ORDERS, samples.length - 1); order++) {
    if (order > 0) differences = differencesOf(differences);
    let sum = 0;
    for (let i = 0; i < differences.length; i++) sum += Math.abs(differences[i] as number);
    if (sum < best.sum) best = { order, residual: differences, sum };
  }
  return best;
}

function differencesOf(values: Int32Array): Int32Array {
  const differences = new Int32Array(values.length - 1);
  for (let i = 0; i < differences.length; i++) differences[i] = (values[i + 1] as number) - (values[i] as number);
  return differences;
}

function riceParameters(residual: Int32Array, order: number, length: number, partitions: number) {
  const size = length >> partitions;
  return Array.from({ length: 1 << partitions }, (_, part) => {
    const count = size - (part === 0 ? order : 0);
    const from = part === 0 ? 0 : part * size - order;
    let sum = 0;
    for (let i = from; i < from + count; i++) {
      const value = residual[i] as number;
      sum += value < 0 ? -2 * value - 1 : 2 * value;
    }
    const guess = count === 0 || sum === 0 ? 0 : Math.max(0, Math.floor(Math.log2(sum / count)));
    let best = { parameter: 0, count, bits: Number.POSITIVE_INFINITY };
    for (
      let parameter = Math.max(0, Math.min(MOST_RICE, guess) - 1);
      parameter <= Math.min(MOST_RICE, guess + 1);
      parameter++
    ) {
      let bits = count * (1 + parameter);
      for (let i = from; i < from + count; i++) {
        const value = residual[i] as number;
        bits += (value < 0 ? -2 * value - 1 : 2 * value) >>> parameter;
      }
      if (bits < best.bits) best = { parameter, count, bits };
    }
    return best;
  });
}

class BitWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;
  /** Bits that wait, and how many. */
  #rest = 0;
  #count = 0;

  /** The lowest `bits` of a whole number, up to 48. */
  write(value: number, bits: number): void {
    if (bits > 16) {
      this.write(Math.floor(value / 65_536), bits - 16);
      this.write(value, 16);
      return;
    }
    // At most 23 bits wait here.
    this.#rest = (this.#rest << bits) | (value & ((1 << bits) - 1));
    this.#count += bits;
    while (this.#count >= 8) {
      this.#count -= 8;
      this.#byte(this.#rest >>> this.#count);
    }
    this.#rest &= (1 << this.#count) - 1;
  }

  /** So many zeros and a one. */
  unary(zeros: number): void {
    let left = zeros;
    for (; left > 15; left -= 16) this.write(0, 16);
    this.write(1, left + 1);
  }

  align(): void {
    if (this.#count > 0) this.write(0, 8 - this.#count);
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  #byte(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = byte;
  }
}

/** RFC 9639, 9.1.8: polynomial x^8 + x^2 + x + 1. */
function crc8(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x80 ? 0x07 : 0)) & 0xff;
  }
  return crc;
}

/** RFC 9639, 9.3: polynomial x^16 + x^15 + x^2 + 1. */
const CRC16 = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x8005 : 0)) & 0xffff;
  return crc;
});

function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ (CRC16[(crc >> 8) ^ byte] as number)) & 0xffff;
  return crc;
}
