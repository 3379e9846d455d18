import {
  checkSameModel,
  collectionModel,
  type NewWindow,
  type Placing,
  recordingFacts,
  type WritableCollection,
  withoutKnownTime,
} from "../../collection/index.ts";
import { openSpool } from "./spool.ts";

/**
 * Takes a recording that was spooled into a collection, all or nothing. Throws `bad_option` where it is of another model than
 * the collection.
 * @param file  size and time of change of the recording's file
 */
export async function takeSpool(
  path: string,
  collection: WritableCollection,
  name: string,
  placing: Placing,
  file: { readonly bytes?: number; readonly modified?: number },
): Promise<void> {
  const spool = openSpool(path);
  try {
    const { header, summary } = spool;
    checkSameModel("The collection", collection.model, collectionModel(header));
    const facts = recordingFacts(name, header, summary, placing);
    await collection.put({ ...facts, ...file }, withOwnTimes(spool.windows(), facts.utc));
  } finally {
    spool.close();
  }
}

function* withOwnTimes(windows: Iterable<NewWindow>, began: number | undefined): Generator<NewWindow> {
  for (const window of windows) yield withoutKnownTime(window, began);
}
