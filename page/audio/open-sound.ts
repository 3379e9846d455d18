import { heldSound, type Sound } from "./sound.ts";
import { openWav } from "./wav-file.ts";

/** Compressed audio is decoded whole, so at a rate that keeps ten minutes below 60 MB. */
const DECODED_RATE = 24_000;

/** The recording as sound, or undefined where this browser cannot decode it: the windows are shown all the same. */
export async function openSound(file: Blob): Promise<Sound | undefined> {
  const wav = await openWav(file);
  if (wav !== undefined) return wav;
  try {
    const context = new OfflineAudioContext(1, 1, DECODED_RATE);
    const buffer = await context.decodeAudioData(await file.arrayBuffer());
    const samples = buffer.getChannelData(0).slice();
    for (let channel = 1; channel < buffer.numberOfChannels; channel++) {
      const other = buffer.getChannelData(channel);
      for (let at = 0; at < samples.length; at++) samples[at] = (samples[at] as number) + (other[at] as number);
    }
    if (buffer.numberOfChannels > 1)
      for (let at = 0; at < samples.length; at++) samples[at] = (samples[at] as number) / buffer.numberOfChannels;
    return heldSound(samples, buffer.sampleRate);
  } catch {
    return undefined;
  }
}
