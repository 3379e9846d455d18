import { OrcaError } from "../../errors.ts";

/** Bytes in which a WAV header must have its samples' beginning. */
const MOST_HEADER = 4096;

/** 16-bit samples as they come, with what is known of them. */
export interface StdinSound {
  readonly rate: number;
  readonly channels: number;
  readonly samples: AsyncGenerator<Uint8Array>;
}

/**
 * What stands on standard input: WAV whose header says its layout, or 16-bit little-endian samples whose layout is given. Throws
 * `bad_option` where neither is so, `unsupported_encoding` for WAV of other samples, `empty_body` where nothing comes.
 */
export async function stdinSound(
  input: AsyncIterable<Uint8Array>,
  given: { readonly rate: number | undefined; readonly channels: number | undefined },
): Promise<StdinSound> {
  const parts = input[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  for (;;) {
    const isWav = head.length < 4 || head.toString("latin1", 0, 4) === "RIFF";
    if (!isWav || head.length >= MOST_HEADER) break;
    const found = wavLayout(head);
    if (found !== undefined) return { ...found, samples: behind(head.subarray(found.from), parts) };
    const next = await parts.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  if (head.length === 0) throw new OrcaError("empty_body", "Nothing came on standard input.");
  const { rate, channels } = given;
  if (rate === undefined || channels === undefined) {
    throw new OrcaError("bad_option", "What comes on standard input is no WAV, and its layout is not given.", {
      field: "rate",
      hint: "Send WAV (arecord -t wav), or 16-bit little-endian samples with --rate and --channels.",
    });
  }
  return { rate, channels, samples: behind(head, parts) };
}

async function* behind(first: Uint8Array, parts: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  for (let next = await parts.next(); next.done !== true; next = await parts.next()) yield next.value;
}

/** Where the samples of WAV begin, and their layout; undefined where the header is not whole yet. */
function wavLayout(bytes: Buffer): { rate: number; channels: number; from: number } | undefined {
  let layout: { rate: number; channels: number } | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [id, size] = [bytes.toString("latin1", at, at + 4), bytes.readUInt32LE(at + 4)];
    if (id === "data" && layout !== undefined) return { ...layout, from: at + 8 };
    if (id === "fmt " && at + 24 <= bytes.length) {
      const [kind, bits] = [bytes.readUInt16LE(at + 8), bytes.readUInt16LE(at + 22)];
      if (bits !== 16 || (kind !== 1 && kind !== 0xfffe)) {
        throw new OrcaError("unsupported_encoding", `Samples of ${bits} bits of kind ${kind} are not pushed.`, {
          hint: "Record 16-bit integers: arecord -f S16_LE.",
        });
      }
      layout = { rate: bytes.readUInt32LE(at + 12), channels: bytes.readUInt16LE(at + 10) };
    }
    at += 8 + size + (size % 2);
  }
  return undefined;
}
