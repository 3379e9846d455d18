/** A bundle of the Embedding Projector among the recordings of the page. */
import {
  configFaults,
  type EmbeddingInfo,
  type Fault,
  MetadataTable,
  metadataFaults,
  readConfig,
  readMetadata,
  spriteFaults,
  tensorFaults,
} from "../../src/output/projector-reader/index.ts";
import { type KeptSet, takeKept } from "../session/kept-recordings.ts";
import type { Recording } from "../session/recording.ts";
import type { Session } from "../session/session.ts";
import { troubleIn } from "../teller.ts";
import { BundleClient } from "./bundle-client.ts";
import type { BundleFiles } from "./bundle-files.ts";
import { Thumbnails } from "./thumbnails.ts";

declare const BUNDLE_WORKER: string;

/** Where a recording's sound is, by its name; undefined where there is none. */
export type SoundOf = (recording: string) => (() => Promise<Blob>) | undefined;

/** Columns that say which window it is, and not more of it. */
const PLACING: readonly string[] = ["file", "window", "start", "end", "utc", "rms"];

/**
 * Opens all embeddings of a bundle. What the projector would warn of is said; what cannot be read as well.
 * @param sound  a recording's, where it came along
 * @param first  called with the model whose windows came first
 */
export async function openBundle(
  session: Session,
  files: BundleFiles,
  sound: SoundOf,
  first: (model: string) => void,
): Promise<Recording[]> {
  const report = (faults: readonly Fault[]) => {
    for (const { file, what, hint } of faults)
      session.fail(`${files.name}, ${file}`, { title: "The bundle breaks the contract", detail: `${what}.`, hint });
  };
  const embeddings = readConfig(await (await files.read(files.config)).text(), files.config);
  report(configFaults(embeddings, files.config));
  const taken = new Set<Recording>();
  const checks: Promise<void>[] = [];
  for (const info of embeddings) {
    const { tensorName } = info;
    session.say(`Reading ${tensorName} of ${files.name} …`);
    try {
      const { set, faults, check } = await readEmbedding(info, files, session);
      report(faults);
      // All vectors are looked through for it, while the first are seen.
      checks.push(check().then(report));
      const model = distinct(session, set);
      if (set.recording.length === 0) continue;
      const withSound = set.recordings.map((one) => ({ ...one, fetchFile: sound(one.name) }));
      const recordings = takeKept(session, { ...set, recordings: withSound, header: { ...set.header, model } });
      if (taken.size === 0) first(model);
      for (const recording of recordings) taken.add(recording);
      session.say(`${set.recording.length.toLocaleString("en")} windows of ${tensorName}, from ${files.name}.`);
    } catch (thrown) {
      session.fail(`${files.name}, ${tensorName}`, { ...troubleIn(thrown), title: "The bundle cannot be shown whole" });
    }
  }
  await Promise.all(checks);
  return [...taken];
}

/** Embeddings of another size or other weights are another model's. */
function distinct({ recordings }: Session, { header }: KeptSet): string {
  const { model, embedding, weights } = header;
  for (let name = model, count = 2; ; name = `${model} (${count++})`) {
    const other = recordings.map(({ results }) => results.get(name)).find((result) => result !== undefined);
    if (other === undefined || (other.header.embedding === embedding && other.header.weights === weights)) return name;
  }
}

async function readEmbedding(info: EmbeddingInfo, files: BundleFiles, session: Session) {
  const client = new BundleClient(BUNDLE_WORKER);
  const { tensorPath: file, tensorShape: shape, metadataPath, sprite } = info;
  const faults: Fault[] = [];
  /** What is missing besides the vectors is said, and the rest shown. */
  const without = (thrown: unknown): undefined => {
    const { detail, hint, code } = troubleIn(thrown);
    session.fail(files.name, { title: "The bundle cannot be shown whole", detail, hint, code });
  };
  const [tensors, metadata, size] = await Promise.all([
    files.read(file).then((blob) => client.ask({ kind: "tensors", file, tensors: blob, shape })),
    metadataPath === undefined
      ? undefined
      : files
          .read(metadataPath)
          .then(async (blob) => readMetadata(new Uint8Array(await blob.arrayBuffer()), metadataPath))
          .catch(without),
    sprite === undefined
      ? undefined
      : files
          .read(sprite.imagePath)
          .then((image) => client.ask({ kind: "sprite", file: sprite.imagePath, image, dim: sprite.singleImageDim }))
          .catch(without),
  ]).catch((thrown: unknown) => {
    client.end();
    throw thrown;
  });
  const tensorFaultsWith = (bad: number) => tensorFaults(info, { ...tensors, bad });
  faults.push(...tensorFaultsWith(0));
  if (metadata !== undefined) faults.push(...metadataFaults(metadataPath as string, metadata, tensors.count));
  if (size !== undefined && sprite !== undefined) faults.push(...spriteFaults(sprite, size, tensors.count));
  const all =
    size === undefined || sprite === undefined
      ? undefined
      : new Thumbnails(client, sprite.singleImageDim, () => session.changed());
  const check = async () => {
    const bad = await client.ask({ kind: "finite", rows: tensors.rows, size: tensors.size });
    if (all === undefined) client.end();
    return bad === 0 ? [] : tensorFaultsWith(bad).filter((fault) => !faults.some(({ what }) => what === fault.what));
  };
  const [, model = info.tensorName, remarks = ""] = /^(.*?) \(([^()]*)\)$/.exec(info.tensorName) ?? [];
  const parts = remarks.split("; ").filter((one) => /^part \d+ of \d+$/.test(one));
  const header = {
    model: parts.length === 0 ? model : `${model} (${parts[0]})`,
    embedding: tensors.size,
    window: { seconds: 1, hop: 1 },
    weights: remarks.includes("seeded weights") ? ("seeded" as const) : ("trained" as const),
  };
  const set = windowsOf(metadata ?? new MetadataTable([], []), tensors.count, files.name);
  const thumbnails = all && { all, point: (window: number) => window };
  return { faults, check, set: { ...set, header: { ...header, window: set.window }, rows: tensors.rows, thumbnails } };
}

/** Which windows the rows are, by the metadata: of which recording, from when to when. */
function windowsOf(metadata: MetadataTable, count: number, name: string) {
  const column = (of: string) => metadata.columns.indexOf(of);
  const values = (of: string) => (column(of) < 0 ? undefined : metadata.values(column(of)));
  const [files, starts, ends, utcs, rms] = ["file", "start", "end", "utc", "rms"].map(values);
  const isTime = (value: string | null | undefined) => typeof value === "string" && Number.isFinite(Number(value));
  const timed = starts?.slice(0, count).every(isTime) === true && starts.length >= count;
  const numbers = new Map<string, number>();
  const recording = new Uint32Array(count);
  for (let row = 0; row < count; row++) {
    const file = files?.[row] ?? name;
    const number = numbers.get(file) ?? numbers.size;
    numbers.set(file, number);
    recording[row] = number;
  }
  // Points without times are a second apart: they have an order, and are called by their numbers.
  const start = Float64Array.from({ length: count }, (_, row) => (timed ? Number(starts?.[row]) : row));
  const end = Float64Array.from({ length: count }, (_, row) => {
    const given = timed && isTime(ends?.[row]) ? Number(ends?.[row]) : Number.NaN;
    return given > (start[row] as number) ? given : (start[row] as number) + 1;
  });
  const follows = recording.findIndex((of, row) => row > 0 && of === recording[row - 1]);
  const hop = follows > 0 ? (start[follows] as number) - (start[follows - 1] as number) : 0;
  const further = metadata.columns.flatMap((one, at) => (PLACING.includes(one) ? [] : [at]));
  return {
    recording,
    starts: start,
    ends: end,
    utc: (row: number) => utcs?.[row] ?? undefined,
    rms: (row: number) => (isTime(rms?.[row]) ? Number(rms?.[row]) : undefined),
    window: { seconds: count === 0 ? 1 : (end[0] as number) - (start[0] as number), hop: hop > 0 ? hop : 1 },
    recordings: [...numbers.keys()].map((file) => ({ name: file, timed })),
    further: {
      columns: further.map((at) => metadata.columns[at] as string),
      cells: (row: number) => {
        const cells = metadata.cells(row);
        return further.map((at) => cells[at] ?? null);
      },
      text: (row: number) => metadata.text(row),
    },
  };
}
