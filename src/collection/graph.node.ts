import { rename, rm } from "node:fs/promises";
import { OrcaError } from "../errors.ts";
import type { Collection } from "./types.ts";

/** What is used of the npm package usearch, which is installed by those who want its graph. */
interface Usearch {
  readonly Index: new (
    options: Readonly<Record<string, string | number | boolean>>,
  ) => {
    add(keys: BigUint64Array, vectors: Float32Array, threads: number): void;
    save(path: string): void;
  };
}

/**
 * Writes hoplite's index with its graph, for approximate search by perch-hoplite: 1.2 ms a vector of 1024 numbers. It
 * appears when it is whole. Throws `bad_option` where the package usearch is not installed.
 */
export async function writeGraph(path: string, collection: Collection): Promise<void> {
  const { Index } = await usearch();
  // As hoplite asks for them (get_default_usearch_config).
  const index = new Index({
    metric: "ip",
    dimensions: collection.model.dimensions,
    connectivity: 16,
    quantization: "f16",
    expansion_add: 256,
    expansion_search: 128,
    multi: false,
  });
  for await (const { ids, vectors } of collection.blocks({ size: 32 })) {
    index.add(BigUint64Array.from(ids, BigInt), vectors, 1);
    await new Promise((resolve) => setTimeout(resolve));
  }
  const draft = `${path}.part`;
  try {
    index.save(draft);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

async function usearch(): Promise<Usearch> {
  const name = "usearch";
  try {
    const module = (await import(name)) as Usearch & { readonly default?: Usearch };
    return module.default ?? module;
  } catch (cause) {
    throw new OrcaError(
      "bad_option",
      "The graph of usearch.index is made by the package usearch, which is not installed.",
      {
        field: "index",
        hint: "Install it: npm install usearch. Without its graph all works but perch-hoplite's approximate search.",
        cause,
      },
    );
  }
}
