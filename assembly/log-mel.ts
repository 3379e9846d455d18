/** Log-mel frames of VGGish and YAMNet: ln(mel + offset), tensorflow/models research/audioset vggish and yamnet. */
import { log2lanes } from "./math";
import { MelSpectrum, melOfTwoFrames } from "./mel-spectrum";

/**
 * Frame i starts at x + i * hop samples. Writes frames * bands float32 at `out`.
 * @param offset  0.01 for VGGish, 0.001 for YAMNet
 */
export function logMel(spectrum: usize, x: usize, frames: i32, hop: i32, offset: f64, out: usize): void {
  const self = changetype<MelSpectrum>(spectrum);
  const row = <usize>self.bands * 4;
  const offsets = f64x2.splat(offset);
  for (let i = 0; i < frames; i += 2) {
    const first = x + <usize>i * hop * 4;
    const paired = i + 1 < frames;
    melOfTwoFrames(self, first, paired ? first + <usize>hop * 4 : first);
    let mel = self.mel;
    for (const end = out + row; out < end; out += 4, mel += 16) {
      const y = log2lanes(f64x2.add(v128.load(mel), offsets));
      store<f32>(out, <f32>f64x2.extract_lane(y, 0));
      if (paired) store<f32>(out + row, <f32>f64x2.extract_lane(y, 1));
    }
    out += row;
  }
}
