/** Where one row a window waits until the last window is known: memory in the Worker, a file on the command line. */
export interface RowSpool {
  push(row: Uint8Array): void | Promise<void>;
  /** Rows `from` to `to` - 1 in order; each is good until the next step. */
  rows(from: number, to: number): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Keeps the first, third, fifth, … row; for spools that are to stay small. */
  thin?(): void;
}

/** Rows in memory. */
export class MemoryRows implements RowSpool {
  #rows: Uint8Array[] = [];

  push(row: Uint8Array): void {
    this.#rows.push(row.slice());
  }

  rows(from: number, to: number): Iterable<Uint8Array> {
    return this.#rows.slice(from, to);
  }

  thin(): void {
    this.#rows = this.#rows.filter((_, at) => at % 2 === 0);
  }
}
