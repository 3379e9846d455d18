/** A whole bundle as the projector would hold it, read by its rules (src/output/projector-reader). */
import { decode } from "fast-png";
import {
  configFaults,
  MOST_CATEGORIES,
  metadataFaults,
  readConfig,
  readMetadata as readTable,
  readTensorText,
  spriteFaults,
  tensorFaults,
} from "../../src/output/projector-reader/index.ts";

export interface Metadata {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, string | null>>[];
  /** Columns that can be colours by category, and those whose every value is a number. */
  readonly categorical: readonly string[];
  readonly numeric: readonly string[];
}

export function readMetadata(content: Uint8Array): Metadata {
  const table = readTable(content, "metadata.tsv");
  const { columns } = table;
  const named = (row: number) => Object.fromEntries(table.cells(row).map((cell, at) => [columns[at], cell]));
  const kinds = columns.map((name, at) => ({ name, ...table.kind(at) }));
  return {
    columns,
    rows: Array.from({ length: table.count }, (_, row) => named(row)),
    categorical: kinds.filter(({ distinct }) => distinct <= MOST_CATEGORIES).map(({ name }) => name),
    numeric: kinds.filter(({ numeric }) => numeric).map(({ name }) => name),
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
  const embeddings = readConfig(new TextDecoder().decode(file("projector_config.json")), "projector_config.json");
  const wrong = configFaults(embeddings, "projector_config.json");
  return embeddings.map((info) => {
    const { tensorName, tensorShape, tensorPath, metadataPath, sprite } = info;
    if (metadataPath === undefined || sprite === undefined) throw new Error(`${tensorName}: no metadata, or no sprite`);
    const { values, count, size, labels } = tensorPath.endsWith(".bytes")
      ? readBytes(file(tensorPath), tensorShape[1])
      : readTensorText(file(tensorPath), tensorPath);
    const tensors = Array.from({ length: count }, (_, row) => values.subarray(row * size, (row + 1) * size));
    const bad = tensors.filter((row) => !row.every(Number.isFinite)).length;
    const table = readTable(file(metadataPath), metadataPath);
    const image = decode(file(sprite.imagePath));
    const faults = [
      ...wrong,
      ...tensorFaults(info, { count, size, labels, bad }),
      ...metadataFaults(metadataPath, table, count),
      ...spriteFaults(sprite, image, count),
    ];
    const [width, height] = sprite.singleImageDim;
    const across = image.width / width;
    const light = (image.palette ?? []).map(([red = 0, green = 0, blue = 0]) => (red + green + blue) / 3);
    const thumbnail = (index: number) => {
      const left = (index % across) * width;
      const top = Math.floor(index / across) * height;
      return (x: number, y: number) => light[image.data[(top + y) * image.width + left + x] as number] as number;
    };
    return {
      name: tensorName,
      tensors,
      metadata: readMetadata(file(metadataPath)),
      thumbnail,
      side: width,
      warnings: faults.map(({ what }) => what),
    };
  });
}

function readBytes(content: Uint8Array, size: number) {
  const values = new Float32Array(content.slice().buffer);
  return { values, size, count: values.length / size, labels: [] };
}
