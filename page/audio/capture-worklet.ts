/** Hands samples on in tenths of a second; runs in the audio thread. */
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

class Capture extends AudioWorkletProcessor {
  #part = new Float32Array(Math.round(sampleRate / 10));
  #filled = 0;

  process([input]: readonly (readonly Float32Array[])[]): boolean {
    const channels = input ?? [];
    for (let at = 0; at < (channels[0]?.length ?? 0); at++) {
      let sum = 0;
      for (const channel of channels) sum += channel[at] as number;
      this.#part[this.#filled++] = sum / channels.length;
      if (this.#filled < this.#part.length) continue;
      this.port.postMessage(this.#part, [this.#part.buffer]);
      this.#part = new Float32Array(Math.round(sampleRate / 10));
      this.#filled = 0;
    }
    return true;
  }
}

registerProcessor("capture", Capture);
