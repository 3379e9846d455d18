import { chunksOf } from "../chunks.ts";
import type { SeekableBytes } from "../embed/index.ts";
import { OrcaError } from "../errors.ts";
import { joinBytes } from "../join.ts";
import type { ListedObject, ObjectBody, ObjectHead, SoundBucket } from "./bindings.ts";

/** Bytes that are read at once where an object is looked into. */
const BLOCK = 1 << 16;

/**
 * An object's bytes, as it was when it was listed: what is read after it has changed fails in words. One block of 64 KiB is
 * held; each other one is a request.
 */
export function objectBytes(bucket: SoundBucket, object: ListedObject): SeekableBytes {
  const { size } = object;
  let block: { from: number; bytes: Uint8Array } | undefined;
  const at = async (from: number) => {
    const first = Math.floor(from / BLOCK) * BLOCK;
    if (block?.from === first) return block;
    const found = await bodyOf(bucket, object, { offset: first, length: Math.min(BLOCK, size - first) });
    block = { from: first, bytes: new Uint8Array(await found.arrayBuffer()) };
    return block;
  };
  return {
    size,
    async read(from, length) {
      const end = Math.min(size, from + length);
      const parts: Uint8Array[] = [];
      for (let next = from; next < end; ) {
        const { from: first, bytes } = await at(next);
        const part = bytes.slice(next - first, end - first);
        if (part.length === 0) break;
        parts.push(part);
        next += part.length;
      }
      return joinBytes(parts);
    },
    stream(from) {
      let chunks: AsyncIterator<Uint8Array> | undefined;
      return {
        async next() {
          if (from >= size) return { done: true, value: undefined };
          chunks ??= chunksOf((await bodyOf(bucket, object, { offset: from, length: size - from })).body);
          return await chunks.next();
        },
        async return() {
          await chunks?.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

async function bodyOf(
  bucket: SoundBucket,
  { key, etag }: ListedObject,
  range: { readonly offset: number; readonly length: number },
): Promise<ObjectBody> {
  const found = await bucket.get(key, { range, onlyIf: { etagMatches: etag } });
  if (found === null) throw new OrcaError("not_found", "The object is not there any more.");
  if (hasBody(found)) return found;
  throw new OrcaError(
    "unreadable",
    "The object has changed since it was listed: resume the job, and it is read as it is.",
  );
}

const hasBody = (object: ObjectHead | ObjectBody): object is ObjectBody => "body" in object;
