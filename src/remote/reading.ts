import type { RandomAccess } from "../audio/index.ts";
import { joinBytes } from "../join.ts";
import { placeText } from "./addresses.ts";
import type { RemoteClient } from "./client.ts";
import { described, type RemoteObject, sameObject } from "./objects.ts";
import { changed, Passing } from "./refusals.ts";

/**
 * The bytes of an object from `from` up to `to`, as they come. Where the connection breaks it is made anew behind what has
 * come. Throws OrcaError: where the object has changed, `unreadable`.
 */
export async function* objectBytes(
  client: RemoteClient,
  object: RemoteObject,
  { from = 0, to = object.size ?? Number.POSITIVE_INFINITY }: { from?: number; to?: number } = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { place, etag } = object;
  let whole = to;
  let failures = 0;
  for (let at = from; at < whole; ) {
    try {
      const all = at === 0 && to === (object.size ?? Number.POSITIVE_INFINITY);
      const response = await client.once({
        method: "GET",
        place,
        headers: {
          ...(all ? {} : { range: `bytes=${at}-${Number.isFinite(to) ? to - 1 : ""}` }),
          // A weak tag never matches: RFC 9110, 13.1.1.
          ...(etag === undefined || etag.startsWith("W/") ? {} : { "if-match": etag }),
        },
      });
      const answer = described(response.headers, response.status);
      if (!sameObject(object, answer)) {
        await response.body?.cancel();
        throw changed(placeText(place));
      }
      // What no ranges are known to comes whole, and what is behind is passed over.
      let skip = response.status === 206 ? 0 : at;
      for await (const bytes of client.body(response)) {
        const passed = Math.min(skip, bytes.length);
        skip -= passed;
        const part = bytes.subarray(passed, passed + (whole - at));
        if (part.length === 0) {
          if (at >= whole) break;
          continue;
        }
        at += part.length;
        failures = 0;
        yield part;
        if (at >= whole) break;
      }
      // Of unknown length: its end is where it ends.
      if (!Number.isFinite(whole)) whole = answer.size ?? at;
      if (at < whole) throw new Passing(`it ended after ${at} of ${whole} bytes`);
    } catch (thrown) {
      await client.bear(thrown, ++failures, place);
    }
  }
}

/** Bytes that are asked for at once, and how many such blocks are kept. */
const BLOCK = 1 << 16;
const KEPT = 4;

/** An object as bytes that can be read anywhere, in blocks, so that neighbours cost one request. Throws OrcaError. */
export function objectAccess(client: RemoteClient, object: RemoteObject & { readonly size: number }): RandomAccess {
  const blocks = new Map<number, Uint8Array>();
  const block = async (number: number) => {
    const known = blocks.get(number);
    if (known !== undefined) return known;
    const from = number * BLOCK;
    const bytes = await collected(objectBytes(client, object, { from, to: Math.min(object.size, from + BLOCK) }));
    blocks.set(number, bytes);
    const [oldest] = blocks.keys();
    if (blocks.size > KEPT && oldest !== undefined) blocks.delete(oldest);
    return bytes;
  };
  return {
    size: object.size,
    async read(at, length) {
      const end = Math.min(object.size, at + length);
      const parts: Uint8Array[] = [];
      for (let from = at; from < end; ) {
        const number = Math.floor(from / BLOCK);
        const first = number * BLOCK;
        const part = (await block(number)).subarray(from - first, end - first);
        parts.push(part);
        from += part.length;
      }
      return joinBytes(parts);
    },
  };
}

/** The bytes of objects that follow one another: while one is used, the next one comes. Each fits into memory. */
export async function* partsBytes(
  client: RemoteClient,
  parts: readonly RemoteObject[],
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const get = (part: RemoteObject | undefined) => {
    const coming = part === undefined ? undefined : collected(objectBytes(client, part));
    // It is thrown where it is waited for.
    coming?.catch(() => undefined);
    return coming;
  };
  let next = get(parts[0]);
  for (let at = 0; next !== undefined; at++) {
    const bytes: Uint8Array<ArrayBuffer> = await next;
    next = get(parts[at + 1]);
    yield bytes;
  }
}

async function collected(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  return joinBytes(parts);
}
