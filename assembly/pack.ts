/** Planes of samples to interleaved little-endian PCM, as a WAV file has it: samples stand at the top of their bytes. */

/** @param apart  bytes from one channel's plane to the next */
export function pack<T>(from: usize, apart: usize, to: usize, channels: i32, count: i32, bits: i32): void {
  const width: usize = bits <= 16 ? 2 : bits <= 24 ? 3 : 4;
  const shift = <i32>(width * 8) - bits;
  const stride = width * channels;
  for (let channel = 0; channel < channels; channel++) {
    let at = from + <usize>channel * apart;
    let out = to + <usize>channel * width;
    const end = at + <usize>count * sizeof<T>();
    if (width == 2) {
      for (; at < end; at += sizeof<T>(), out += stride) store<i16>(out, <i16>((<i32>load<T>(at)) << shift));
    } else if (width == 3) {
      for (; at < end; at += sizeof<T>(), out += stride) {
        const value = (<i32>load<T>(at)) << shift;
        store<u16>(out, <u16>value);
        store<u8>(out, <u8>(value >> 16), 2);
      }
    } else {
      for (; at < end; at += sizeof<T>(), out += stride) store<i32>(out, (<i32>load<T>(at)) << shift);
    }
  }
}
