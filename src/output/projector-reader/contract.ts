import { MAX_SPRITE_SIDE } from "../projector/limits.ts";
import type { EmbeddingInfo } from "./config.ts";
import type { MetadataTable } from "./metadata.ts";

/** Whatever the projector would show a message for, or show wrongly without one. */
export interface Fault {
  readonly file: string;
  readonly what: string;
  /** What to do. */
  readonly hint: string;
}

const REMAKE = "Make the bundle again: its three files must have the same windows in the same order.";

export function configFaults(embeddings: readonly EmbeddingInfo[], file: string): Fault[] {
  const names = embeddings.map(({ tensorName }) => tensorName);
  const twice = [...new Set(names.filter((name, at) => names.indexOf(name) !== at))];
  return twice.map((name) => ({
    file,
    what: `two embeddings of one name, ${name}`,
    hint: "The projector finds an embedding by its name: name each in another way.",
  }));
}

/** @param bad  rows with a number that is not finite */
export function tensorFaults(
  { tensorPath: file, tensorShape: [count, size] }: EmbeddingInfo,
  found: { readonly count: number; readonly size: number; readonly labels: readonly string[]; readonly bad: number },
): Fault[] {
  return faults(file, [
    [
      found.labels.length > 0,
      `${found.labels.length} rows begin with what is taken for a label`,
      "Leave the labels to metadata.tsv; a NaN in the first column is taken for one as well.",
    ],
    [found.count !== count, `${found.count} points, and the config says ${count}`, REMAKE],
    [found.size !== size, `vectors of ${found.size} numbers, and the config says ${size}`, REMAKE],
    [
      found.bad > 0,
      `${found.bad} points with numbers that are not finite`,
      "Leave out windows that have NaN or infinity.",
    ],
  ]);
}

export function metadataFaults(file: string, metadata: MetadataTable, points: number): Fault[] {
  return faults(file, [
    [metadata.count !== points, `${metadata.count} rows of metadata for ${points} points`, REMAKE],
    [
      new Set(metadata.columns).size !== metadata.columns.length,
      "two columns of one name",
      "The projector keeps one of them: name each in another way.",
    ],
  ]);
}

/** @param image  its pixels */
export function spriteFaults(
  { imagePath: file, singleImageDim: [width, height] }: NonNullable<EmbeddingInfo["sprite"]>,
  image: { readonly width: number; readonly height: number },
  points: number,
): Fault[] {
  const [across, down] = [image.width / width, image.height / height];
  return faults(file, [
    [
      Math.max(image.width, image.height) > MAX_SPRITE_SIDE,
      `the sprite is ${image.width} × ${image.height} px`,
      `At most ${MAX_SPRITE_SIDE} px a side are drawn: make smaller thumbnails.`,
    ],
    [
      image.width !== image.height || across !== down || !Number.isInteger(across),
      `the sprite of ${image.width} × ${image.height} px is no square grid of ${width} × ${height} px`,
      "The projector takes as many thumbnails down as across.",
    ],
    [Math.floor(across) * Math.floor(down) < points, `the sprite has no place for each of ${points} points`, REMAKE],
  ]);
}

function faults(file: string, found: readonly (readonly [boolean, string, string])[]): Fault[] {
  return found.filter(([there]) => there).map(([, what, hint]) => ({ file, what, hint }));
}
