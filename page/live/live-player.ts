/** Seconds of silence before sound that came late goes on. */
const AFTER_SILENCE = 0.15;

/**
 * Plays sound as it comes. A hydrophone's comes a segment at a time: the first is played at once and is heard out about
 * when the next comes; where that one is late there is a pause, after which there is that much more in hand.
 */
export class LivePlayer {
  #context: AudioContext | undefined;
  /** The context's time at which what is scheduled ends. */
  #until = 0;

  get on(): boolean {
    return this.#context !== undefined;
  }

  /** To be called in answer to a click: browsers let a page sound only then. */
  start(): void {
    this.#context ??= new AudioContext();
    void this.#context.resume();
  }

  stop(): void {
    void this.#context?.close();
    this.#context = undefined;
    this.#until = 0;
  }

  push(samples: Int16Array, rate: number): void {
    const context = this.#context;
    if (context === undefined || samples.length === 0) return;
    const buffer = context.createBuffer(1, samples.length, rate);
    buffer.copyToChannel(
      Float32Array.from(samples, (value) => value / 32768),
      0,
    );
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(context.destination);
    if (this.#until < context.currentTime) this.#until = context.currentTime + AFTER_SILENCE;
    source.start(this.#until);
    this.#until += buffer.duration;
  }
}
