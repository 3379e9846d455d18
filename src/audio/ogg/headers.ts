import { type Page, PageReader, pageBytes } from "./pages.ts";

/** Headers of Vorbis have 10 kB, with pictures more; a stream that has more of them than this keeps what it began with. */
const MOST = 1 << 18;

/**
 * The header pages of the Ogg stream that is running: with them before it, any later piece of the stream can be decoded.
 * A stream that follows on the first one (a chain) puts its own in their place.
 */
export class OggHeaders {
  readonly #pages = new PageReader();
  #kept: Uint8Array[] = [];
  #length = 0;
  #received = 0;
  /** Whether a page of sound has been since the headers. */
  #sound = true;

  /** The bytes of one stream of bytes, in order. */
  push(bytes: Uint8Array): void {
    for (const unit of this.#pages.push(bytes, this.#received)) if (unit.kind === "page") this.#page(unit.page);
    this.#received += bytes.length;
  }

  /** The pages one after the other; empty where the bytes are no Ogg. */
  get pages(): readonly Uint8Array[] {
    return this.#kept;
  }

  #page(page: Page): void {
    if (page.first && this.#sound) {
      this.#kept = [];
      this.#length = 0;
      this.#sound = false;
    }
    // On header pages no sample has been yet: RFC 3533, 6, and the mappings of the codecs.
    this.#sound ||= page.granule !== undefined && page.granule !== 0;
    if (this.#sound || this.#length > MOST) return;
    const bytes = pageBytes(page).slice();
    this.#kept.push(bytes);
    this.#length += bytes.length;
  }
}
