import { joinBytes } from "../join.ts";
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
  #waiting: Uint8Array[] = [];
  #bytes = 0;
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
    this.#waiting.push(piece.slice());
    this.#bytes += piece.length;
    while (this.#bytes >= PART) {
      const all = joinBytes(this.#waiting);
      this.#waiting = [all.slice(PART)];
      this.#bytes -= PART;
      this.#upload ??= await this.#bucket.createMultipartUpload(this.#key, { customMetadata: this.#early });
      this.#parts.push(await this.#upload.uploadPart(this.#parts.length + 1, all.slice(0, PART)));
    }
  }

  /** @param facts  what the object says of itself, where it is short */
  async close(facts: Readonly<Record<string, string>>): Promise<void> {
    const rest = joinBytes(this.#waiting);
    if (this.#upload === undefined) {
      const onlyIf = this.#before === undefined ? { etagDoesNotMatch: "*" } : { etagMatches: this.#before };
      // Null: another delivery of the same job has put the same bytes meanwhile.
      await this.#bucket.put(this.#key, rest, { customMetadata: facts, onlyIf });
      return;
    }
    if (rest.length > 0) this.#parts.push(await this.#upload.uploadPart(this.#parts.length + 1, rest));
    await this.#upload.complete(this.#parts);
  }

  async discard(): Promise<void> {
    await this.#upload?.abort().catch(() => undefined);
  }
}
