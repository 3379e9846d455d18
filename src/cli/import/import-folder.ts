import { CollectionFolder } from "../../collection/folder.node.ts";
import type { NewWindow, StoredAnnotation } from "../../collection/index.ts";
import type { Begun, Imported } from "./imported.ts";

/** Takes another collection in, with its deployments and annotations: hoplite's of whoever wrote it, or one of ours. */
export async function importFolder(path: string, imported: Imported): Promise<void> {
  const other = await CollectionFolder.open(path);
  try {
    const { collection } = other;
    const { model } = collection;
    const { dimensions } = model;
    const begun = new Map<number, Begun>();
    for await (const { id, ...facts } of collection.recordings()) begun.set(id, await imported.begin(model, facts));
    for await (const block of collection.blocks()) {
      const byRecording = Map.groupBy(block.ids.keys(), (at) => block.recordings[at] as number);
      for (const [recording, places] of byRecording) {
        const known = begun.get(recording);
        const windows = places.map((at): NewWindow => {
          const [utc, rms] = [block.utcs[at] as number, block.rms[at] as number];
          return {
            start: block.starts[at] as number,
            end: block.ends[at] as number,
            vector: block.vectors.subarray(at * dimensions, (at + 1) * dimensions),
            ...(Number.isNaN(utc) ? {} : { utc }),
            ...(Number.isNaN(rms) ? {} : { rms }),
          };
        });
        // A window whose recording is gone, as perch-hoplite may leave it, has no place.
        if (known !== undefined) await imported.extend(model, known, windows);
      }
    }
    const annotations: StoredAnnotation[] = [];
    for await (const annotation of collection.annotations()) annotations.push(annotation);
    await (await imported.folder(model)).collection.annotate(annotations);
  } finally {
    other.close();
  }
}
