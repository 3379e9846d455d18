/** Rows of float32 in a Blob, which may lie on disk: 100,000 windows of 1024 numbers are 410 MB. */
export class KeptRows {
  readonly blob: Blob;
  /** Numbers of a row. */
  readonly size: number;
  /** The first row of these, and how many they are. */
  readonly first: number;
  readonly count: number;

  constructor(blob: Blob, size: number, first = 0, count = Math.floor(blob.size / (4 * size))) {
    this.blob = blob;
    this.size = size;
    this.first = first;
    this.count = count;
  }

  /** Some of these rows, as rows of their own. */
  part(first: number, count: number): KeptRows {
    return new KeptRows(this.blob, this.size, this.first + first, count);
  }

  async read(from: number, to: number): Promise<Float32Array<ArrayBuffer>> {
    const at = (row: number) => 4 * this.size * (this.first + row);
    return new Float32Array(await this.blob.slice(at(from), at(to)).arrayBuffer());
  }
}
