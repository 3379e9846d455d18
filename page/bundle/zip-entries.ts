import { OrcaError } from "../../src/errors.ts";

/** Of all files of an archive together, in bytes; more is no bundle of 100,000 windows. */
const MOST_UNPACKED = 2 * 1024 ** 3;
/** A file of so many bytes is not unpacked where it says that it becomes so many times as long: it was made to fill a memory. */
const [LARGE, MOST_TIMES] = [64 * 1024 ** 2, 200];
/** The end of the directory is at most 22 bytes and a comment of 65,535 from the end (APPNOTE.TXT, 4.3.16). */
const END_SEARCHED = 22 + 65_535;
const END = 0x06054b50;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const [STORED, DEFLATED] = [0, 8];

/**
 * The files of an archive by their paths, unpacked when they are asked for: stored ones are a part of the archive where it
 * lies, deflated ones go through the browser's own decoder. Throws `bundle_invalid` where it is cut or of another kind.
 */
export async function zipEntries(name: string, zip: Blob): Promise<Map<string, () => Promise<Blob>>> {
  const damaged = (why: string, cause?: unknown) =>
    new OrcaError("bundle_invalid", `${name} cannot be unpacked: ${why}.`, {
      field: name,
      hint: "Fetch or make it again.",
      cause,
    });
  const { count, size, offset } = await directoryOf(zip, damaged);
  const directory = await viewOf(zip, offset, offset + size);
  const entries = new Map<string, () => Promise<Blob>>();
  let [at, total] = [0, 0];
  for (let entry = 0; entry < count; entry++) {
    if (at + ENTRY_BYTES > directory.byteLength || directory.getUint32(at, true) !== ENTRY) {
      throw damaged("its directory is damaged");
    }
    const u16 = (from: number) => directory.getUint16(at + from, true);
    const u32 = (from: number) => directory.getUint32(at + from, true);
    const [method, packed, unpacked, nameLength, local] = [u16(10), u32(20), u32(24), u16(28), u32(42)];
    const path = new TextDecoder().decode(new Uint8Array(directory.buffer, at + ENTRY_BYTES, nameLength));
    at += ENTRY_BYTES + nameLength + u16(30) + u16(32);
    total += unpacked;
    if (total > MOST_UNPACKED) throw damaged(`it holds more than ${MOST_UNPACKED / 1024 ** 3} GiB`);
    if (unpacked > LARGE && unpacked > MOST_TIMES * packed) {
      throw damaged(`${path} would become ${Math.round(unpacked / Math.max(1, packed))} times as long as it is`);
    }
    if (path.endsWith("/")) continue;
    entries.set(path, async () => {
      const head = await viewOf(zip, local, local + LOCAL_BYTES);
      if (head.byteLength < LOCAL_BYTES) throw damaged(`${path} is missing`);
      const start = local + LOCAL_BYTES + head.getUint16(26, true) + head.getUint16(28, true);
      const bytes = zip.slice(start, start + packed);
      if (method === STORED) return bytes;
      if (method !== DEFLATED) throw damaged(`${path} is packed by method ${method}`);
      try {
        return await inflated(bytes, unpacked);
      } catch (cause) {
        throw damaged(`${path} is damaged`, cause);
      }
    });
  }
  return entries;
}

async function directoryOf(zip: Blob, damaged: (why: string) => OrcaError) {
  const from = Math.max(0, zip.size - END_SEARCHED);
  const tail = await viewOf(zip, from, zip.size);
  for (let at = tail.byteLength - 22; at >= 0; at--) {
    if (tail.getUint32(at, true) !== END) continue;
    const [count, size, offset] = [
      tail.getUint16(at + 10, true),
      tail.getUint32(at + 12, true),
      tail.getUint32(at + 16, true),
    ];
    if (count === 0xffff || offset === 0xffff_ffff) throw damaged("it is a ZIP64 archive, which is not read");
    if (offset + size > from + at) throw damaged("its directory is damaged");
    return { count, size, offset };
  }
  throw damaged("its end is missing");
}

/** Throws where it is not exactly `size` bytes, whatever it pretends to be. */
async function inflated(packed: Blob, size: number): Promise<Blob> {
  let length = 0;
  const counting = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(piece, controller) {
      length += piece.length;
      if (length > size) throw new Error("longer than it says");
      controller.enqueue(piece);
    },
  });
  const unpacked = packed.stream().pipeThrough(new DecompressionStream("deflate-raw")).pipeThrough(counting);
  const blob = await new Response(unpacked).blob();
  if (blob.size !== size) throw new Error("shorter than it says");
  return blob;
}

async function viewOf(blob: Blob, from: number, to: number): Promise<DataView<ArrayBuffer>> {
  return new DataView(await blob.slice(from, to).arrayBuffer());
}
