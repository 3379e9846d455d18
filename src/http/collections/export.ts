import type { HopliteFile } from "../../collection/index.ts";
import { OrcaError } from "../../errors.ts";
import { type BundleFile, zipFiles } from "../../output/index.ts";
import { byteStream } from "../byte-stream.ts";

/** Larger archives need another form of zip, which not everything opens. */
const MOST_BYTES = 4e9;
/** Milliseconds that a receiver may leave a piece untaken. */
const IDLE = 60_000;

/**
 * A collection as a folder that orca-embed and perch-hoplite open, in a zip that is made as it is taken.
 * Throws `too_large` above 4 GB, some 600,000 windows of 1024 numbers.
 * @param id  the model's
 */
export async function exportResponse(id: string, files: readonly HopliteFile[]): Promise<Response> {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes > MOST_BYTES) {
    throw new OrcaError("too_large", `The collection is ${(bytes / 1e9).toFixed(1)} GB; a zip holds 4 GB.`, {
      hint: "Its recordings can be collected again where there is a disk: orca-embed collect.",
    });
  }
  const parts = async function* (): AsyncGenerator<BundleFile> {
    for (const { name, pieces } of files) yield { path: `${id}/${name}`, pieces, stored: true };
  };
  const body = await byteStream(zipFiles(parts()), IDLE, () => undefined);
  return new Response(body, { headers: { "content-type": "application/zip" } });
}
