/**
 * How TensorBoard's projector reads a bundle, written down as rules (vz_projector/data-provider.ts and
 * data-provider-demo.ts, projector_plugin.py): what it skips, takes for a label, or shows a warning for. Tests read every
 * bundle through this.
 */
import { decode } from "fast-png";
import type { ProjectorConfig } from "../../src/output/index.ts";

/** Bytes that it reads at a time, each decoded by itself. */
const CHUNK = 1_000_000;
const MOST_CATEGORIES = 50;
const MAX_SPRITE_SIDE = 8192;

/** Lines as it sees them. It waits for ever on a last chunk without a line feed. */
function linesOf(content: Uint8Array): string[] {
  const lines: string[] = [];
  let rest = "";
  for (let offset = 0; ; ) {
    if (offset > content.length) throw new Error("the projector never ends reading: no line feed in the last chunk");
    const parts = new TextDecoder().decode(content.subarray(offset, offset + CHUNK)).split("\n");
    offset += CHUNK;
    if (parts.length === 1) {
      rest += parts[0];
      continue;
    }
    lines.push(rest + parts[0], ...parts.slice(1, -1));
    rest = parts.at(-1) as string;
    if (offset >= content.length - 1) break;
  }
  if (rest !== "") lines.push(rest);
  return lines;
}

export interface Tensors {
  readonly rows: readonly Float32Array[];
  /** What it took for labels instead of numbers. */
  readonly labels: readonly string[];
}

export function readTensors(content: Uint8Array): Tensors {
  const rows: Float32Array[] = [];
  const labels: string[] = [];
  let size: number | undefined;
  for (const line of linesOf(content)) {
    const text = line.trim();
    if (text === "") continue;
    const cells = text.split("\t");
    const labelled = Number.isNaN(Number(cells[0])) || size === cells.length - 1;
    if (labelled) labels.push(cells[0] as string);
    const row = Float32Array.from((labelled ? cells.slice(1) : cells).map(Number));
    size ??= row.length;
    if (row.length !== size) throw new Error(`Vector dimensions do not match at row ${rows.length}`);
    if (size <= 1) throw new Error("Found a vector with only one dimension");
    rows.push(row);
  }
  return { rows, labels };
}

export interface Metadata {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, string | null>>[];
  /** Columns that can be colours by category, and those whose every value is a number. */
  readonly categorical: readonly string[];
  readonly numeric: readonly string[];
}

export function readMetadata(content: Uint8Array): Metadata {
  let columns = ["label"];
  const rows: Record<string, string | null>[] = [];
  let first = true;
  for (const line of linesOf(content)) {
    if (line.trim() === "") continue;
    const cells = line.split("\t");
    if (first && cells.length > 1) columns = cells;
    else
      rows.push(Object.fromEntries(columns.map((name, at) => [name, cells[at] === "" ? null : (cells[at] as string)])));
    first = false;
  }
  const values = (name: string) => new Set(rows.map((row) => row[name]).filter((value) => value !== null));
  return {
    columns,
    rows,
    categorical: columns.filter((name) => values(name).size <= MOST_CATEGORIES),
    numeric: columns.filter((name) => [...values(name)].every((value) => !Number.isNaN(Number(value)))),
  };
}

/** One pixel's brightness, 0 to 255, of a thumbnail. */
export type Thumbnail = (x: number, y: number) => number;

export interface Experiment {
  readonly name: string;
  readonly tensors: readonly Float32Array[];
  readonly metadata: Metadata;
  readonly thumbnail: (index: number) => Thumbnail;
  readonly side: number;
  /** Whatever it would show a message for, or show wrongly without one. */
  readonly warnings: readonly string[];
}

/** Every embedding of a bundle as the projector would hold it. */
export function readBundle(file: (path: string) => Uint8Array): Experiment[] {
  const config = JSON.parse(new TextDecoder().decode(file("projector_config.json"))) as ProjectorConfig;
  const names = config.embeddings.map(({ tensorName }) => tensorName);
  return config.embeddings.map((embedding) => {
    const warnings: string[] = [];
    const warn = (wrong: boolean, message: string) => wrong && warnings.push(message);
    const [count, size] = embedding.tensorShape;
    const { rows, labels } = embedding.tensorPath.endsWith(".bytes")
      ? { rows: readBytes(file(embedding.tensorPath), size), labels: [] }
      : readTensors(file(embedding.tensorPath));
    // It finds an embedding by its name.
    warn(names.filter((name) => name === embedding.tensorName).length > 1, "two embeddings of one name");
    warn(labels.length > 0, `${labels.length} rows begin with what is taken for a label`);
    warn(rows.length !== count, `Showing the first ${rows.length} of ${count} data points`);
    warn(
      rows.some((row) => row.length !== size || !row.every(Number.isFinite)),
      "numbers that are none",
    );
    const metadata = readMetadata(file(embedding.metadataPath));
    warn(metadata.rows.length !== rows.length, `${rows.length} points and ${metadata.rows.length} rows of metadata`);
    warn(new Set(metadata.columns).size !== metadata.columns.length, "two columns of one name");
    const image = decode(file(embedding.sprite.imagePath));
    warn(image.width > MAX_SPRITE_SIDE || image.height > MAX_SPRITE_SIDE, "the sprite exceeds 8192 px");
    const [width, height] = embedding.sprite.singleImageDim;
    const across = image.width / width;
    warn(image.width !== image.height || across !== image.height / height, "the sprite is no square grid");
    warn(!Number.isInteger(across) || across * across < rows.length, "the sprite has no place for every window");
    const light = (image.palette ?? []).map(([red = 0, green = 0, blue = 0]) => (red + green + blue) / 3);
    const thumbnail = (index: number) => {
      const left = (index % across) * width;
      const top = Math.floor(index / across) * height;
      return (x: number, y: number) => light[image.data[(top + y) * image.width + left + x] as number] as number;
    };
    return { name: embedding.tensorName, tensors: rows, metadata, thumbnail, side: width, warnings };
  });
}

function readBytes(content: Uint8Array, size: number): Float32Array[] {
  const numbers = new Float32Array(content.slice().buffer);
  return Array.from({ length: numbers.length / size }, (_, row) => numbers.subarray(row * size, (row + 1) * size));
}
