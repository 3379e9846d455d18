import type { CollectionModel } from "../../collection/index.ts";
import type { RecordingPlace } from "../heads/collected.ts";
import type { Scanned } from "../heads/detections.ts";

/** Windows as they are stored, in the room that was given for them. */
export type StoredBlock = Scanned;

/** Recordings' embeddings, from one place. */
export interface StoredRecordings {
  readonly model: CollectionModel;
  /** A recording by the number that its windows bear. */
  place(recording: number): RecordingPlace | undefined;
  /** All windows, recording by recording. @param room  where so many vectors, 64 at most, are put: good until the next */
  blocks(room: (count: number) => Float32Array<ArrayBuffer>): AsyncIterable<StoredBlock>;
  close(): void;
}
