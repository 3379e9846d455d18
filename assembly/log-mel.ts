/** Log-mel frames of VGGish and YAMNet: ln(mel + offset), tensorflow/models research/audioset vggish and yamnet. */
import { log2lanes } from "./math";
import { MelSpectrum, melOfTwoFrames } from "./mel-spectrum";
import { alloc } from "./memory";

@unmanaged
class LogMel {
  spectrum: MelSpectrum;
  hop: i32;
  offset: f64;
}

/**
 * @param hop  samples from one frame to the next
 * @param offset  0.01 for VGGish, 0.001 for YAMNet
 */
export function logMel(spectrum: usize, hop: i32, offset: f64): usize {
  const self = changetype<LogMel>(alloc(offsetof<LogMel>()));
  self.spectrum = changetype<MelSpectrum>(spectrum);
  self.hop = hop;
  self.offset = offset;
  return changetype<usize>(self);
}

/** Frame i starts at x + i * hop samples. Writes frames * bands float32 at `out`. */
export function logMelFrames(pointer: usize, x: usize, frames: i32, out: usize): void {
  const self = changetype<LogMel>(pointer);
  const row = <usize>self.spectrum.bands * 4;
  const hop = <usize>self.hop * 4;
  const offsets = f64x2.splat(self.offset);
  for (let i = 0; i < frames; i += 2) {
    const first = x + <usize>i * hop;
    const paired = i + 1 < frames;
    melOfTwoFrames(self.spectrum, first, paired ? first + hop : first);
    let mel = self.spectrum.mel;
    for (const end = out + row; out < end; out += 4, mel += 16) {
      const y = log2lanes(f64x2.add(v128.load(mel), offsets));
      store<f32>(out, <f32>f64x2.extract_lane(y, 0));
      if (paired) store<f32>(out + row, <f32>f64x2.extract_lane(y, 1));
    }
    out += row;
  }
}
