import { OrcaError } from "../../errors.ts";
import { type EmbedRecord, firstNonFinite, type HeaderRecord, type WindowRecord } from "../../records/index.ts";
import type { Embedding } from "./config.ts";
import { MAX_TEXT_NUMBERS, type Part, partsOf, spriteGrid } from "./limits.ts";
import { Metadata, type MetadataOptions } from "./metadata.ts";
import type { RowSpool } from "./row-spool.ts";
import { sprite } from "./sprite.ts";
import { tensorText } from "./tensors.ts";
import { Thumbnails } from "./thumbnail.ts";

/** A file of a bundle; its pieces are to be taken before the next file is asked for. */
export interface BundleFile {
  /** Relative to the bundle's folder, with slashes. */
  readonly path: string;
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Whether it is of no use to deflate it; pictures and float32 are known by their names. */
  readonly stored?: boolean;
}

export interface BundleOptions extends MetadataOptions {
  /** Pixels a side of a thumbnail, MIN_THUMBNAIL to MAX_THUMBNAIL; they become smaller where the sprite would not fit. */
  readonly thumbnail: number;
  /** Points of one embedding; of more windows an even share is shown. At least 2. */
  readonly maxPoints: number;
  /** All windows, in several embeddings of up to `maxPoints`, instead of a share of them. */
  readonly split: boolean;
}

export const SPOOLS = ["tensor", "thumbnail", "metadata"] as const;
export type SpoolName = (typeof SPOOLS)[number];

/** Windows that were left out, told by name up to this many. */
const NAMED = 10;

/** One model's experiment: takes the records of any number of recordings, gives the projector's files. */
export class ModelBundle {
  readonly #options: BundleOptions;
  readonly #spools: Readonly<Record<SpoolName, RowSpool>>;
  readonly #metadata: Metadata;
  readonly #notes: string[] = [];
  #header: HeaderRecord | undefined;
  #thumbnails: Thumbnails | undefined;
  #windows = 0;
  #kept = 0;
  /** Every which window is taken; grows where the spools are to stay small. */
  #stride = 1;
  #leftOut = 0;

  constructor(spool: (name: SpoolName) => RowSpool, options: BundleOptions) {
    this.#options = options;
    this.#spools = { tensor: spool("tensor"), thumbnail: spool("thumbnail"), metadata: spool("metadata") };
    this.#metadata = new Metadata(options);
  }

  /** How the embeddings were made; undefined before the first record. */
  get header(): HeaderRecord | undefined {
    return this.#header;
  }

  /** Windows taken in, those left out not counted. */
  get windows(): number {
    return this.#windows;
  }

  /** What a reader of the bundle must know: what was left out, sampled, incomplete. Whole after `files`. */
  get notes(): readonly string[] {
    return this.#notes;
  }

  /**
   * @param file  name of the recording
   * @param record  with its spectrogram and with scores, where the model has them
   */
  async push(file: string, record: EmbedRecord): Promise<void> {
    if (record.type === "header") this.#open(record);
    else if (record.type === "summary")
      for (const { message } of record.findings) this.#notes.push(`${file}: ${message}`);
    else if (record.type === "window") await this.#pushWindow(file, record);
  }

  #open(header: HeaderRecord): void {
    if (header.embedding < 2) {
      throw new OrcaError(
        "bad_option",
        `The projector shows embeddings of 2 numbers or more, not of ${header.embedding}.`,
      );
    }
    this.#header ??= header;
    if (header.spectrogram !== undefined)
      this.#thumbnails ??= new Thumbnails(header.spectrogram, this.#options.thumbnail);
  }

  async #pushWindow(file: string, window: WindowRecord): Promise<void> {
    const { embedding, spectrogram } = window;
    if ([embedding, spectrogram].some((values) => values !== undefined && firstNonFinite(values) !== -1)) {
      // A NaN in the first column would be read as a label, and the row as another dimension.
      this.#leftOut++;
      if (this.#leftOut <= NAMED)
        this.#notes.push(`${file}: window ${window.index} is left out: not all of its numbers are finite.`);
      return;
    }
    const place = this.#windows++;
    const { tensor, thumbnail, metadata } = this.#spools;
    const wanted = () => place % this.#stride === 0;
    if (wanted() && this.#kept === this.#options.maxPoints && !this.#options.split) this.#thin();
    if (!wanted()) return;
    this.#kept++;
    await tensor.push(new Uint8Array(embedding.buffer, embedding.byteOffset, embedding.byteLength));
    if (spectrogram !== undefined && this.#thumbnails !== undefined)
      await thumbnail.push(this.#thumbnails.make(spectrogram));
    await metadata.push(this.#metadata.encode(file, window));
  }

  /** Where the spools are to stay small, from here on half as many windows are taken, and of those taken half are kept. */
  #thin(): void {
    const spools = Object.values(this.#spools);
    if (!spools.every((spool) => spool.thin !== undefined)) return;
    for (const spool of spools) spool.thin?.();
    this.#kept = Math.ceil(this.#kept / 2);
    this.#stride *= 2;
  }

  /** The files, and what the config says of them. Nothing where there was no window. */
  async *files(): AsyncGenerator<{ readonly file: BundleFile; readonly embedding?: Embedding }> {
    const header = this.#header;
    const thumbnails = this.#thumbnails;
    if (header === undefined) return;
    if (this.#leftOut > NAMED) this.#notes.push(`${this.#leftOut} windows in all are left out for that reason.`);
    const palette = thumbnails?.palette();
    for (const part of partsOf(this.#kept, this.#options.maxPoints, this.#options.split)) {
      const folder = part.parts === 1 ? header.model : `${header.model}-${part.number}`;
      const rows = (name: SpoolName) => picked(this.#spools[name], part);
      const text = part.count * header.embedding <= MAX_TEXT_NUMBERS;
      const tensorPath = `${folder}/tensors.${text ? "tsv" : "bytes"}`;
      const metadataPath = `${folder}/metadata.tsv`;
      const imagePath = `${folder}/sprite.png`;
      yield { file: { path: tensorPath, pieces: text ? tensorText(rows("tensor")) : copied(rows("tensor")) } };
      const embedding: Embedding = {
        tensorName: this.#name(header, part),
        tensorShape: [part.count, header.embedding],
        tensorPath,
        metadataPath,
      };
      const file = { path: metadataPath, pieces: this.#metadata.file(rows("metadata")) };
      if (thumbnails === undefined || palette === undefined) {
        yield { file, embedding };
        continue;
      }
      yield { file };
      const grid = spriteGrid(part.count, thumbnails.side);
      yield {
        file: { path: imagePath, pieces: sprite(rows("thumbnail"), thumbnails.side, palette, grid) },
        embedding: { ...embedding, sprite: { imagePath, singleImageDim: [grid.thumbnail, grid.thumbnail] } },
      };
    }
  }

  /** The experiment's name in the projector's list, with what a reader must know. */
  #name({ model, weights }: HeaderRecord, { count, number, parts }: Part): string {
    const remarks = weights === "seeded" ? ["seeded weights"] : [];
    if (parts > 1) remarks.push(`part ${number} of ${parts}`);
    else if (count < this.#windows) {
      remarks.push(`${count} of ${this.#windows} windows`);
      this.#notes.push(`${count} of ${this.#windows} windows are shown, evenly sampled.`);
    }
    return remarks.length === 0 ? model : `${model} (${remarks.join("; ")})`;
  }
}

/** The rows of a part, in order. */
async function* picked(spool: RowSpool, { count, place }: Part): AsyncGenerator<Uint8Array> {
  const first = place(0);
  let at = first;
  let k = 0;
  for await (const row of spool.rows(first, place(count - 1) + 1)) {
    if (at++ !== place(k)) continue;
    yield row;
    k++;
  }
}

/** Pieces that outlive the step. */
async function* copied(rows: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const row of rows) yield row.slice();
}
