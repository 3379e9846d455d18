/** Audio that can be looked at and heard. */
export interface Sound {
  /** Hz. */
  readonly rate: number;
  readonly seconds: number;
  /** Mono samples between two times in seconds; fewer where the audio ends. */
  read(from: number, to: number): Promise<Float32Array<ArrayBuffer>>;
}

/** Samples that are held in memory. */
export function heldSound(samples: Float32Array<ArrayBuffer>, rate: number): Sound {
  return {
    rate,
    seconds: samples.length / rate,
    read: async (from, to) => samples.slice(Math.max(0, Math.round(from * rate)), Math.round(to * rate)),
  };
}
