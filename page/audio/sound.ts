/** Audio that can be looked at and heard. */
export interface Sound {
  /** Hz. */
  readonly rate: number;
  readonly seconds: number;
  /** Mono samples between two times in seconds; fewer where the audio ends. */
  read(from: number, to: number): Promise<Float32Array<ArrayBuffer>>;
}
