/** Peers that come without types: only what the benches call. */
declare module "@echogarden/pffft-wasm/simd" {
  interface Pffft {
    readonly HEAPF32: Float32Array;
    _pffft_new_setup(size: number, kind: number): number;
    _pffft_aligned_malloc(bytes: number): number;
    _pffft_transform_ordered(setup: number, from: number, to: number, work: number, direction: number): void;
  }
  export default function create(): Promise<Pffft>;
}

declare module "kissfft-js" {
  class FFTR {
    constructor(size: number);
    forward(input: Float32Array): Float32Array;
    dispose(): void;
  }
  const kissfft: { readonly FFTR: typeof FFTR };
  export default kissfft;
}

declare module "fft.js" {
  export default class FFT {
    constructor(size: number);
    createComplexArray(): number[];
    realTransform(out: number[], input: ArrayLike<number>): void;
  }
}
