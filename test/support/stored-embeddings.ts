import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CollectionFolder } from "../../src/collection/folder.node.ts";
import type { CollectionModel, NewWindow } from "../../src/collection/index.ts";
import { ParquetTable } from "../../src/output/index.ts";
import type { HeaderRecord, SummaryRecord, WindowRecord } from "../../src/records/index.ts";
import { random } from "./collections.ts";

const HOP = 0.5;
const START = Date.UTC(2024, 4, 1);

export interface StoredArchive {
  readonly files: number;
  /** Of each file. */
  readonly windows: number;
  readonly dimensions: number;
}

/**
 * Embeddings of made-up recordings, as extract writes them (Parquet, `results/`) and as collect does (`calls/yamnet`), and a head
 * for them (`call.json`): one window in twenty is a call, with noise beside it.
 */
export async function writeArchive(root: string, { files, windows, dimensions }: StoredArchive): Promise<void> {
  const model: CollectionModel = { id: "yamnet", dimensions, sha256: "ab".repeat(32), variant: "fp32", rate: 16_000 };
  const next = random(7);
  const call = Float32Array.from({ length: dimensions }, () => next() - 0.5);
  mkdirSync(join(root, "results/.orca-embed"), { recursive: true });
  const collection = await CollectionFolder.openForWriting(join(root, "calls/yamnet"), model);
  const seconds = windows * HOP + HOP;
  for (let file = 0; file < files; file++) {
    // By their names they come in this order, too.
    const site = `site-${Math.floor((2 * file) / files)}`;
    const name = `${site}/${String(file).padStart(4, "0")}.wav`;
    const vectors = Array.from({ length: windows }, (_, at): NewWindow => {
      const sign = next() < 0.05 ? 1 : -1;
      const vector = Float32Array.from(call, (value) => sign * value + (next() - 0.5) / 4);
      return { start: at * HOP, end: at * HOP + 2 * HOP, rms: 0.1, vector };
    });
    const path = join(root, "results", `${name}.yamnet.parquet`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, parquet(name, model, vectors, seconds));
    const deployment = { name: site, project: "p" };
    await collection.collection.put({ name, deployment, utc: START, seconds }, vectors);
  }
  collection.close();
  const scale = 40 / call.reduce((sum, value) => sum + value * value, 0);
  const base64 = (values: Float32Array) => Buffer.from(values.buffer).toString("base64");
  const head = {
    format: "orca-head 1",
    id: "call",
    model: { id: "yamnet", dimensions },
    classes: [{ name: "orca" }],
    weights: base64(call.map((value) => value * scale)),
    bias: base64(Float32Array.of(0)),
    events: { on: 0.5, off: 0.3, gap: 1 },
  };
  writeFileSync(join(root, "call.json"), JSON.stringify(head));
}

function parquet(name: string, model: CollectionModel, windows: readonly NewWindow[], seconds: number): Buffer {
  const { id, dimensions, sha256, variant, rate } = model;
  const table = new ParquetTable({ file: name, scores: false, spectrogram: false });
  const start = { utc: new Date(START).toISOString(), source: "name", uncertainty: 1 };
  const header = { type: "header", model: id, embedding: dimensions, sha256, variant, rate, start };
  const records = [
    header as unknown as HeaderRecord,
    ...windows.map(
      ({ vector, ...rest }, index) =>
        ({ type: "window", index, embedding: vector, ...rest }) as unknown as WindowRecord,
    ),
    { type: "summary", windows: windows.length, seconds, findings: [], complete: true } as unknown as SummaryRecord,
  ];
  return Buffer.concat([...records.flatMap((record) => [...table.push(record)]), ...table.finish()]);
}
