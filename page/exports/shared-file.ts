/** All that is here in one file, which a colleague drops on the page: windows, labels, the view, and sound if wanted. */
import { Zip, ZipPassThrough } from "fflate";
import { OrcaError } from "../../src/errors.ts";
import { exportLabels } from "../labels/tables.ts";
import { blocksOf } from "../session/point-rows.ts";
import { SHARED, type SharedView } from "../session/shared-view.ts";
import type { View } from "../session/view.ts";
import { WindowTable } from "../session/window-table.ts";

/** What the page unpacks at most. */
const MOST_BYTES = 2 * 1024 ** 3;
/** Columns that stand first, by the names that a bundle has for them. */
const FIRST: Readonly<Record<string, string>> = {
  recording: "file",
  window: "window",
  start: "start",
  end: "end",
  utc: "utc",
  rms: "rms",
};

/** Bytes of the sound that would go with it. */
export const soundBytes = ({ session }: View) =>
  session.recordings.reduce((sum, { file }) => sum + (file?.size ?? 0), 0);

/** A bundle for the Embedding Projector with what the page keeps beside it, as a zip. Throws `too_large`. */
export async function sharedFile(view: View, sound: boolean): Promise<Blob> {
  const { session, labels } = view;
  const files = new Map<string, Blob>();
  const embeddings: object[] = [];
  for (const model of view.models) {
    const points = view.pointsOf(model);
    const folder = model.replaceAll(/[^\w.-]+/g, "-");
    const rows: Blob[] = [];
    for await (const block of blocksOf(points.sets())) rows.push(new Blob([block.rows]));
    const [tensorPath, metadataPath] = [`${folder}/tensors.bytes`, `${folder}/metadata.tsv`];
    files.set(tensorPath, new Blob(rows));
    files.set(metadataPath, metadata(new WindowTable(points, view)));
    const seeded = points.sets()[0]?.result.header.weights === "seeded";
    const tensorName = seeded ? `${model} (seeded weights)` : model;
    embeddings.push({ tensorName, tensorShape: [points.count, points.size], tensorPath, metadataPath });
  }
  files.set("projector_config.json", json({ embeddings }));
  const all = session.recordings.flatMap(({ id }) => labels.of(id));
  const recordings = new Map(session.recordings.map((recording) => [recording.id, recording]));
  if (all.length > 0) files.set(SHARED.labels, exportLabels(all, recordings, "csv").blob);
  files.set(SHARED.view, json(viewOf(view)));
  if (sound)
    for (const { name, file } of session.recordings) if (file !== undefined) files.set(SHARED.sound + name, file);
  const bytes = [...files.values()].reduce((sum, { size }) => sum + size, 0);
  if (bytes > MOST_BYTES)
    throw new OrcaError("too_large", `It would have ${(bytes / 1e9).toFixed(1)} GB; the page opens 2 GB.`, {
      hint: "Leave the sound out, or remove recordings.",
    });
  return zipped(files);
}

function viewOf(view: View): SharedView {
  const { shown } = view.session;
  const { colouring, column } = view.windows;
  return {
    model: view.model,
    colouring,
    ...(column === undefined ? {} : { column }),
    ...(shown === undefined ? {} : { recording: shown.name, span: view.span(shown) }),
  };
}

const json = (value: object) => new Blob([`${JSON.stringify(value, undefined, 1)}\n`]);

function metadata(table: WindowTable): Blob {
  const columns = table.columns.map((name, at) => ({ name: FIRST[name] ?? name, at }));
  const parts: Blob[] = [];
  let lines = [columns.map(({ name }) => plain(name)).join("\t")];
  for (let row = 0; row < table.count; row++) {
    const cells = table.cells(row);
    lines.push(columns.map(({ at }) => plain(cells[at] ?? "")).join("\t"));
    if (lines.length < 10_000) continue;
    parts.push(new Blob([`${lines.join("\n")}\n`]));
    lines = [];
  }
  return new Blob([...parts, `${lines.join("\n")}\n`]);
}

/** Tabs and ends of lines part cells and rows. */
const plain = (cell: string) => cell.replaceAll(/[\t\r\n]/g, " ");

/** Files as they are: sound and vectors do not become shorter. */
async function zipped(files: ReadonlyMap<string, Blob>): Promise<Blob> {
  const parts: Blob[] = [];
  const zip = new Zip((error, bytes) => {
    if (error !== null) throw error;
    parts.push(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  });
  for (const [path, blob] of files) {
    const entry = new ZipPassThrough(path);
    zip.add(entry);
    const reader = blob.stream().getReader();
    for (;;) {
      const { done, value } = await reader.read();
      entry.push(value ?? new Uint8Array(0), done);
      if (done) break;
    }
  }
  zip.end();
  return new Blob(parts, { type: "application/zip" });
}
