import type { RandomAccess } from "../audio/index.ts";
import { OrcaError } from "../errors.ts";
import { joinBytes } from "../join.ts";
import { type BucketPlace, placeText } from "./addresses.ts";
import type { RemoteClient } from "./client.ts";
import { objectBytes } from "./reading.ts";
import { readXml, textOf } from "./xml.ts";

/** Bytes of a part of a long object: S3 takes 10,000 parts of 5 MiB and more, but the last. */
const PART = 16 << 20;

/** Writes an object, which is there whole or not at all. Throws `unwritable`, `unauthorized`. */
export async function putObject(client: RemoteClient, place: BucketPlace, source: RandomAccess): Promise<void> {
  await writing(place, async () => {
    if (source.size <= PART) {
      const body = new Uint8Array(await source.read(0, source.size));
      const response = await client.request({ method: "PUT", place, body });
      await response.body?.cancel();
    } else await putParts(client, place, source);
  });
}

async function putParts(client: RemoteClient, place: BucketPlace, source: RandomAccess): Promise<void> {
  const begun = await client.text({ method: "POST", place, query: { uploads: "" } });
  const uploadId = textOf(readXml(begun.text, "InitiateMultipartUploadResult"), "UploadId");
  if (uploadId === undefined)
    throw new OrcaError("unwritable", `${placeText(place)}: the service takes no long objects.`);
  try {
    const tags: string[] = [];
    for (let at = 0; at < source.size; at += PART) {
      const query = { partNumber: String(tags.length + 1), uploadId };
      const body = new Uint8Array(await source.read(at, Math.min(PART, source.size - at)));
      const response = await client.request({ method: "PUT", place, query, body });
      await response.body?.cancel();
      tags.push(response.headers.get("etag") ?? "");
    }
    const parts = tags.map((tag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${tag}</ETag></Part>`).join("");
    const body = `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`;
    const { text } = await client.text({ method: "POST", place, query: { uploadId }, body });
    // It is answered with 200 before it is done, and may fail then.
    const error = readXml(text, "Error");
    if (error !== undefined)
      throw new OrcaError("unwritable", `${placeText(place)}: ${textOf(error, "Code") ?? "it failed"}.`);
  } catch (thrown) {
    await client.once({ method: "DELETE", place, query: { uploadId } }).catch(() => undefined);
    throw thrown;
  }
}

/** A small object whole; undefined where there is none. Throws OrcaError. */
export async function readObject(client: RemoteClient, place: BucketPlace): Promise<Uint8Array | undefined> {
  try {
    const parts: Uint8Array[] = [];
    for await (const part of objectBytes(client, { place })) parts.push(part);
    return joinBytes(parts);
  } catch (thrown) {
    if (thrown instanceof OrcaError && thrown.code === "not_audio") return undefined;
    throw thrown;
  }
}

export async function deleteObject(client: RemoteClient, place: BucketPlace): Promise<void> {
  const response = await client.request({ method: "DELETE", place });
  await response.body?.cancel();
}

/** What a service says against writing is of the whole run, as a full disk is. */
async function writing(place: BucketPlace, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    if (!(thrown instanceof OrcaError) || ["unauthorized", "unwritable"].includes(thrown.code)) throw thrown;
    throw new OrcaError("unwritable", `${placeText(place)} cannot be written: ${thrown.message}`, {
      hint: thrown.hint ?? "Give another --out.",
      cause: thrown,
    });
  }
}
