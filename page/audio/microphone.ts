import { PartsSound, partOf } from "./parts-sound.ts";
import type { Sound } from "./sound.ts";

/** Minutes after which a live recording ends by itself: what is heard is held for playing it again. */
export const MOST_MINUTES = 30;

/** A live recording: what has been heard so far can be looked at and played. */
export interface Microphone {
  readonly rate: number;
  readonly sound: Sound;
  /** The samples as little-endian float32, as they come; ends with `stop`. */
  readonly bytes: AsyncGenerator<Uint8Array<ArrayBuffer>>;
  stop(): void;
}

/**
 * Opens the default microphone (or whatever the browser lets the listener choose: a hydrophone's sound card) without the
 * filters that are made for speech.
 * @param worklet  the address of capture-worklet.js
 */
export async function openMicrophone(worklet: string): Promise<Microphone> {
  const media = await navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  });
  const context = new AudioContext();
  await context.audioWorklet.addModule(worklet);
  const source = context.createMediaStreamSource(media);
  const capture = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0 });
  const rate = context.sampleRate;
  const sound = new PartsSound(rate);
  const waiting: Float32Array<ArrayBuffer>[] = [];
  let [stopped, wake] = [false, () => {}];
  capture.port.onmessage = ({ data }: MessageEvent<Float32Array<ArrayBuffer>>) => {
    waiting.push(data);
    sound.push(partOf(Int16Array.from(data, (value) => Math.max(-32768, Math.min(32767, Math.round(value * 32768))))));
    if (sound.seconds >= 60 * MOST_MINUTES) stop();
    wake();
  };
  source.connect(capture);
  const stop = () => {
    if (stopped) return;
    stopped = true;
    for (const track of media.getTracks()) track.stop();
    void context.close();
    wake();
  };
  async function* bytes(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (;;) {
      const part = waiting.shift();
      if (part !== undefined) yield new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
      else if (stopped) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  }
  return { rate, sound, bytes: bytes(), stop };
}
