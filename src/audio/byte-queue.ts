/**
 * Bytes waiting to be understood, with where they came from: positions count all bytes that ever went in, `sourceOf`
 * tells a position's offset in the file. It holds what was not dropped yet, and no more.
 */
export class ByteQueue {
  #bytes = new Uint8Array(1 << 14);
  #start = 0;
  #end = 0;
  #position = 0;
  /** Where the file's offsets do not run along with the positions: from `position` on, `source` on. */
  #marks: { readonly position: number; readonly source: number }[] = [];

  get length(): number {
    return this.#end - this.#start;
  }

  /** Position of the first byte. */
  get position(): number {
    return this.#position;
  }

  append(bytes: Uint8Array, source: number): void {
    const position = this.#position + this.length;
    const last = this.#marks.at(-1);
    if (last === undefined || last.source - last.position !== source - position) this.#marks.push({ position, source });
    if (this.#end + bytes.length > this.#bytes.length) this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** The byte `at` places from the first; 0 beyond the end. */
  byte(at: number): number {
    return at < this.length ? (this.#bytes[this.#start + at] as number) : 0;
  }

  /** The first `length` bytes, good until the next `append`. */
  view(length: number): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#start + Math.min(length, this.length));
  }

  drop(count: number): void {
    const dropped = Math.min(count, this.length);
    this.#start += dropped;
    this.#position += dropped;
    while (this.#marks.length > 1 && (this.#marks[1]?.position ?? 0) <= this.#position) this.#marks.shift();
  }

  /** Offset in the file of a position that has not been dropped for long. */
  sourceOf(position: number): number {
    let found = this.#marks[0] ?? { position: 0, source: 0 };
    for (const mark of this.#marks) if (mark.position <= position) found = mark;
    return found.source + position - found.position;
  }

  #makeRoom(more: number): void {
    const { length } = this;
    const target = length + more <= this.#bytes.length ? this.#bytes : new Uint8Array(2 * (length + more));
    target.set(this.#bytes.subarray(this.#start, this.#end));
    this.#bytes = target;
    this.#start = 0;
    this.#end = length;
  }
}
