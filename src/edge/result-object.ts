import type { SoundBucket, Upload } from "./bindings.ts";

/** Bytes of a part: R2 wants 5 MiB and more, and all but the last alike. */
const PART = 8 << 20;

/**
 * A result on its way into a bucket: there whole or not at all. A short one is put on condition that nobody else was faster,
 * with facts about it; a long one goes in parts, with the facts that were known at their beginning, and replaces the same bytes
 * where somebody was: R2 completes parts on no condition.
 */
export class ResultObject {
  readonly #bucket: SoundBucket;
  readonly #key: string;
  readonly #before: string | undefined;
  readonly #early: Readonly<Record<string, string>>;
  /** What waits to be sent: one part at most. */
  #buffer = new Uint8Array(1 << 16);
  #held = 0;
  #upload: Upload | undefined;
  readonly #parts: Awaited<ReturnType<Upload["uploadPart"]>>[] = [];

  /**
   * @param before  the tag of what it is to replace; undefined where nothing is there
   * @param early  what is known of it before it is made
   */
  constructor(
    bucket: SoundBucket,
    key: string,
    before: string | undefined,
    early: Readonly<Record<string, string>> = {},
  ) {
    this.#bucket = bucket;
    this.#key = key;
    this.#before = before;
    this.#early = early;
  }

  /** The bytes are copied. */
  async push(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length; ) {
      const take = Math.min(piece.length - at, PART - this.#held);
      this.#makeRoom(this.#held + take);
      this.#buffer.set(piece.subarray(at, at + take), this.#held);
      this.#held += take;
      at += take;
      if (this.#held < PART) continue;
      this.#upload ??= await this.#bucket.createMultipartUpload(this.#key, { customMetadata: this.#early });
      await this.#send(this.#upload);
    }
  }

  /** @param facts  what the object says of itself, where it is short */
  async close(facts: Readonly<Record<string, string>>): Promise<void> {
    if (this.#upload === undefined) {
      const onlyIf = this.#before === undefined ? { etagDoesNotMatch: "*" } : { etagMatches: this.#before };
      // Null: another delivery of the same job has put the same bytes meanwhile.
      await this.#bucket.put(this.#key, this.#buffer.subarray(0, this.#held), { customMetadata: facts, onlyIf });
      return;
    }
    if (this.#held > 0) await this.#send(this.#upload);
    await this.#upload.complete(this.#parts);
  }

  async #send(upload: Upload): Promise<void> {
    this.#parts.push(await upload.uploadPart(this.#parts.length + 1, this.#buffer.subarray(0, this.#held)));
    this.#held = 0;
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.min(PART, Math.max(2 * this.#buffer.length, bytes)));
    larger.set(this.#buffer.subarray(0, this.#held));
    this.#buffer = larger;
  }

  async discard(): Promise<void> {
    await this.#upload?.abort().catch(() => undefined);
  }
}
