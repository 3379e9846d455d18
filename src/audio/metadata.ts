import type { MetadataBlock } from "../times/index.ts";

type Kind = MetadataBlock["kind"];

/** Bytes of a block that are kept; of a longer one its beginning, where what is read of it stands. */
const LONGEST = 1 << 16;

/** XWAV's table has 32 bytes for each of up to 65,535 raw files. */
const LONGEST_HARP = 56 + 32 * 0xffff;

/** Blocks of one file that are kept: all kinds, and a few LIST chunks of other types than INFO. */
const MOST_BLOCKS = 12;

const CHUNKS: Readonly<Record<string, Kind>> = {
  guan: "guano",
  wamd: "wamd",
  bext: "bext",
  iXML: "ixml",
  LIST: "info",
  harp: "harp",
};

/** What a RIFF chunk is as metadata; undefined where it is none that is read. */
export function chunkKind(id: string): Kind | undefined {
  return Object.hasOwn(CHUNKS, id) ? CHUNKS[id] : undefined;
}

/**
 * Chunks that carry neither audio nor times and are passed over without a word. RIFF and EBU: fact, cue, playlist, labels,
 * sampler, loudness and channel layout. Then tags (ID3, XMP), reserved space (JUNK, Apple's FLLR), what editors and
 * libraries keep for themselves (libsndfile's PEAK, Pro Tools, Sound Forge, Audition), and Wildlife Acoustics' wamd.
 */
const ORDINARY = new Set(
  (
    "fact|cue |plst|labl|note|ltxt|adtl|smpl|inst|acid|cart|axml|chna|levl|link|umid|dbmd|slnt|wavl|strc|DISP|" +
    "id3 |ID3 |_PMX|JUNK|junk|PAD |FLLR|filr|PEAK|AFAn|afsp|minf|elm1|elmo|regn|ovwf|LGWV|SAUR|SyLp|Cr8r|CDif|tlst|wamd"
  ).split("|"),
);

/** Whether a RIFF chunk is one that many writers put there and nobody needs to hear of. */
export function isOrdinaryChunk(id: string): boolean {
  return ORDINARY.has(id);
}

/** Collects blocks of metadata as their bytes come. What it holds is bounded, whatever a file says of its sizes. */
export class MetadataBlocks {
  readonly #blocks: MetadataBlock[] = [];
  #kind: Kind | undefined;
  #bytes = new Uint8Array(0);
  #length = 0;
  #cut = false;

  /** A block begins; without a kind what follows is passed over. */
  begin(kind: Kind | undefined): void {
    this.end();
    this.#kind = this.#blocks.length < MOST_BLOCKS ? kind : undefined;
  }

  push(part: Uint8Array): void {
    if (this.#kind === undefined) return;
    const most = this.#kind === "harp" ? LONGEST_HARP : LONGEST;
    const taken = Math.min(part.length, most - this.#length);
    if (this.#length + taken > this.#bytes.length) {
      // The size that the file states is not believed: room is made for what has come.
      const more = new Uint8Array(Math.min(most, Math.max(1024, 2 * (this.#length + taken))));
      more.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = more;
    }
    this.#bytes.set(part.subarray(0, taken), this.#length);
    this.#length += taken;
    this.#cut ||= taken < part.length;
  }

  /** Whether nothing more is kept of the block. */
  get full(): boolean {
    return this.#kind === undefined || this.#cut;
  }

  /** The block is over, or the file is. */
  end(): void {
    if (this.#kind !== undefined) {
      this.#blocks.push({ kind: this.#kind, bytes: this.#bytes.slice(0, this.#length), cut: this.#cut });
    }
    this.#kind = undefined;
    this.#cut = false;
    this.#bytes = new Uint8Array(0);
    this.#length = 0;
  }

  /** The blocks that are over. */
  all(): readonly MetadataBlock[] {
    return this.#blocks;
  }
}
