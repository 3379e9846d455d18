/** Mono samples in [-1, 1) as a 16-bit WAV file; louder samples are held at full scale. */
export function wav16(samples: Float32Array, rate: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(44 + samples.length * 2);
  const view = new DataView(bytes.buffer);
  const text = (at: number, characters: string) => bytes.set(new TextEncoder().encode(characters), at);
  text(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, samples.length * 2, true);
  for (const [at, value] of samples.entries()) {
    view.setInt16(44 + at * 2, Math.max(-32768, Math.min(32767, Math.round(value * 32768))), true);
  }
  return bytes;
}
