import { joinBytes } from "../../src/join.ts";
import { type BundleOptions, bundleFiles, MemoryRows, ModelBundle, type RowSpool } from "../../src/output/index.ts";
import type { EmbedRecord } from "../../src/records/index.ts";

export const ALL: BundleOptions = { thumbnail: 64, maxPoints: 100_000, split: false };

/** Rows in memory that are not to be thinned, as those of a file. */
function keptRows(): RowSpool {
  const rows = new MemoryRows();
  return { push: (row) => rows.push(row), rows: (from, to) => rows.rows(from, to) };
}

export async function modelBundle(
  records: Iterable<EmbedRecord>,
  options: Partial<BundleOptions> = {},
  spool: () => RowSpool = keptRows,
): Promise<ModelBundle> {
  const bundle = new ModelBundle(spool, { ...ALL, ...options });
  for (const record of records) await bundle.push("call.wav", record);
  return bundle;
}

/** The files of a bundle, whole; asking for one that is not there throws. */
export async function filesOf(models: readonly ModelBundle[], base?: string): Promise<(path: string) => Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for await (const { path, pieces } of bundleFiles(models, base)) {
    const parts: Uint8Array[] = [];
    for await (const piece of pieces) parts.push(piece);
    files.set(path, joinBytes(parts));
  }
  return (path) => {
    const bytes = files.get(path);
    if (bytes === undefined) throw new Error(`no ${path} among ${[...files.keys()].join(", ")}`);
    return bytes;
  };
}

export const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
