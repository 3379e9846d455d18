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

declare module "fft.js" {
  export default class FFT {
    constructor(size: number);
    createComplexArray(): number[];
    realTransform(out: number[], input: ArrayLike<number>): void;
  }
}
