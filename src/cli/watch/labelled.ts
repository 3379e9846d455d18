import { join } from "node:path";
import { CollectionFolder } from "../../collection/folder.node.ts";
import { collectionModel, type NewWindow, recordingFacts, withoutKnownTime } from "../../collection/index.ts";
import type { EmbedRecord, HeaderRecord, SummaryRecord } from "../../records/index.ts";
import { annotationsOf, type Labelling } from "../../watch/index.ts";

/**
 * Keeps judged events in a collection a hydrophone and model, `FOLDER/NAME/MODEL`: the sound of each is a recording, what was
 * said of it an annotation, so that heads are trained on them.
 * @param clips  where the sound lies
 */
export function labellingIn(folder: string, clips: string): Labelling {
  return async (event, verdict, records) => {
    const header = records.find((record): record is HeaderRecord => record.type === "header");
    const summary = records.find((record): record is SummaryRecord => record.type === "summary");
    if (header === undefined || event.clip === undefined) return;
    const path = join(folder, event.hydrophone, header.model);
    const opened = await CollectionFolder.openForWriting(path, collectionModel(header));
    try {
      const { collection } = opened;
      const placing = { project: "watch", deployment: event.hydrophone, base: clips };
      const facts = recordingFacts(event.clip, header, summary, placing);
      if (!opened.audioSources().some(({ base }) => base === clips)) {
        opened.addAudioSource({ project: "watch", base: clips });
      }
      await collection.put(facts, [...windowsOf(records, facts.utc)]);
      // A person who thinks again takes back what was said before.
      const before: number[] = [];
      for await (const one of collection.annotations({ recording: event.clip, by: verdict.by })) before.push(one.id);
      await collection.removeAnnotations(before);
      await collection.annotate(annotationsOf(event, verdict));
    } finally {
      await opened.completeIndex();
      opened.close();
    }
  };
}

function* windowsOf(records: readonly EmbedRecord[], began: number | undefined): Generator<NewWindow> {
  for (const record of records) {
    if (record.type !== "window") continue;
    const { start, end, utc, rms, embedding: vector } = record;
    const own = utc === undefined ? {} : { utc: Date.parse(utc) };
    yield withoutKnownTime({ start, end, rms, vector, ...own }, began);
  }
}
