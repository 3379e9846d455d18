import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type AsyncBuffer, asyncBufferFromFile } from "hyparquet";
import { CollectionFolder, DATABASE } from "../../collection/folder.node.ts";
import { unreadable, writingInto } from "../../errors.ts";
import { joinBytes } from "../../join.ts";
import { objectBytes, type RemoteClient, type RemoteObject } from "../../remote/index.ts";
import type { RecordingPlace } from "../heads/collected.ts";
import { readableFile } from "../readable-file.ts";
import { openParquet } from "./parquet-windows.ts";
import type { StoredRecordings } from "./stored.ts";

/** Whether a name is that of a collection's database. */
export const isDatabase = (name: string) => name === DATABASE || name.endsWith(`/${DATABASE}`);

/**
 * Opens a Parquet file of embeddings, or a collection by its database, wherever it lies. Of Parquet elsewhere only what is needed
 * is asked for; a database from elsewhere lies among the drafts until it is closed. Throws OrcaError.
 */
export async function openStored(
  path: string,
  object: RemoteObject | undefined,
  client: RemoteClient,
  drafts: string,
): Promise<StoredRecordings> {
  if (object === undefined) {
    await readableFile(path);
    if (isDatabase(path)) return await openCollection(dirname(path));
    const file = await asyncBufferFromFile(path).catch((thrown: unknown) => {
      throw unreadable(thrown);
    });
    return await openParquet(file, path);
  }
  if (!isDatabase(path)) return await openParquet(await remoteBuffer(client, object), path);
  const folder = await mkdtemp(join(drafts, "collection-"));
  const leave = () => rm(folder, { recursive: true, force: true });
  try {
    await writingInto(folder, () =>
      pipeline(Readable.from(objectBytes(client, object)), createWriteStream(join(folder, DATABASE))),
    );
    const stored = await openCollection(folder);
    return {
      ...stored,
      close() {
        stored.close();
        void leave();
      },
    };
  } catch (thrown) {
    await leave();
    throw thrown;
  }
}

/** Facts of the recordings of one block are known at a time, and of the one before it. */
async function openCollection(path: string): Promise<StoredRecordings> {
  const folder = await CollectionFolder.open(path);
  const { collection } = folder;
  let places = new Map<number, RecordingPlace>();
  let last = 0;
  const look = async (recordings: ArrayLike<number>) => {
    const before = places.get(last);
    places = new Map(before === undefined ? [] : [[last, before]]);
    for (const id of new Set(Array.from(recordings))) {
      if (!places.has(id)) {
        const { name = "", deployment, utc, seconds } = (await collection.recording(id)) ?? {};
        places.set(id, { name, site: deployment?.name ?? "", utc, seconds });
      }
      last = id;
    }
  };
  return {
    model: collection.model,
    place: (recording) => places.get(recording),
    async *blocks(room) {
      for await (const block of folder.placed(room)) {
        await look(Array.prototype.slice.call(block.recordings, 0, block.count));
        yield block;
      }
    },
    close: () => folder.close(),
  };
}

/** An object's ranges, each with one request. */
async function remoteBuffer(client: RemoteClient, object: RemoteObject): Promise<AsyncBuffer> {
  const size = object.size ?? 0;
  return {
    byteLength: size,
    async slice(start: number, end = size) {
      const [from, to] = [start < 0 ? size + start : start, end < 0 ? size + end : end];
      const parts: Uint8Array[] = [];
      for await (const part of objectBytes(client, object, { from, to })) parts.push(part);
      return joinBytes(parts).buffer as ArrayBuffer;
    },
  };
}
