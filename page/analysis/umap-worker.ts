/** UMAP beside the page: rows in, positions out, again and again while it settles. */
import { UMAP } from "umap-js";

export interface UmapRequest {
  readonly size: number;
  readonly rows: Float32Array<ArrayBuffer>;
}
export interface UmapProgress {
  /** 0 to 1. */
  readonly done: number;
  /** x and y of every row. */
  readonly positions: Float32Array<ArrayBuffer>;
}

const port = self as unknown as {
  postMessage(message: UmapProgress, transfer: Transferable[]): void;
  onmessage: (event: MessageEvent<UmapRequest>) => void;
};

port.onmessage = ({ data: { size, rows } }) => {
  const vectors = Array.from({ length: rows.length / size }, (_, row) =>
    unit(rows.subarray(row * size, (row + 1) * size)),
  );
  const umap = new UMAP({
    nNeighbors: Math.max(2, Math.min(15, vectors.length - 1)),
    minDist: 0.1,
    random: generator(),
  });
  const epochs = umap.initializeFit(vectors);
  let shown = 0;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    umap.step();
    if (performance.now() - shown < 150 && epoch < epochs) continue;
    shown = performance.now();
    const positions = Float32Array.from(umap.getEmbedding().flat());
    port.postMessage({ done: epoch / epochs, positions }, [positions.buffer]);
  }
};

/** Between rows of length 1 Euclidean distance orders as cosine does. */
function unit(row: Float32Array): number[] {
  const length = Math.hypot(...row) || 1;
  return Array.from(row, (value) => value / length);
}

/** Mulberry32 (Tommy Ettinger, public domain): the same windows give the same picture. */
function generator(): () => number {
  let state = 0x0aca;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
