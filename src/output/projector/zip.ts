import { Zip, ZipDeflate, ZipPassThrough } from "fflate";
import type { BundleFile } from "./model-bundle.ts";

/** Files of one archive, made as it is taken; text is deflated, pictures and numbers are stored. */
export async function* zipFiles(files: AsyncIterable<BundleFile>): AsyncGenerator<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const zip = new Zip((failure, piece) => {
    if (failure) throw failure;
    pieces.push(piece);
  });
  for await (const { path, pieces: parts, stored: own } of files) {
    const stored = own === true || path.endsWith(".png") || path.endsWith(".bytes");
    const entry = stored ? new ZipPassThrough(path) : new ZipDeflate(path, { level: 6 });
    // A fixed date, by the local clock as zip's dates are: the same records give the same bytes everywhere.
    entry.mtime = new Date(1980, 0, 1);
    zip.add(entry);
    for await (const part of parts) {
      entry.push(part);
      yield* pieces.splice(0);
    }
    entry.push(new Uint8Array(0), true);
  }
  zip.end();
  yield* pieces.splice(0);
}
