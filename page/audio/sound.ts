/** Samples that follow on those before: 16-bit numbers, of which 32767 stands for `peak`. A Blob may lie on disk. */
export interface SoundPart {
  readonly count: number;
  readonly peak: number;
  readonly samples: Blob;
}

/** Where the samples are, for a worker that reads them by itself. */
export type SoundSource =
  | { readonly kind: "wav"; readonly file: Blob }
  | { readonly kind: "parts"; readonly rate: number; readonly parts: readonly SoundPart[] };

/** Audio that can be looked at and heard. */
export interface Sound {
  /** Hz. */
  readonly rate: number;
  readonly seconds: number;
  /** Mono samples between two times in seconds; fewer where the audio ends. */
  read(from: number, to: number): Promise<Float32Array<ArrayBuffer>>;
  readonly source: SoundSource;
}
