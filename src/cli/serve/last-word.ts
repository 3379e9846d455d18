import { Transform, type TransformCallback } from "node:stream";
import { OrcaError } from "../../errors.ts";
import { errorRecord, ndjson, RecordWriter, serverSentEvents, type TextStream } from "../../records/index.ts";

/** What passes through, and can be ended early with a last record, behind the last one that is whole. */
export abstract class LastWord extends Transform {
  /** Whether the last record was said. */
  said = false;
  #last: Buffer | undefined;

  /** Looks at what passes. @returns where the first record in it ends, from its start; -1 where none does */
  protected abstract firstEnd(chunk: Buffer): number;
  /** Whether all that has passed is whole. */
  protected abstract whole(): boolean;
  protected abstract record(error: OrcaError): Buffer;

  /** Ends it as soon as what has passed is whole. */
  cut(error: OrcaError): void {
    this.#last = this.record(error);
    if (this.whole()) this.#end();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    // What still comes has nowhere to go.
    if (this.said) {
      done();
      return;
    }
    const end = this.firstEnd(chunk);
    if (this.#last === undefined || end < 0) this.push(chunk);
    else {
      this.push(chunk.subarray(0, end));
      this.#end();
    }
    done();
  }

  #end(): void {
    this.said = true;
    this.push(this.#last);
    this.push(null);
    this.once("end", () => this.destroy());
  }
}

/** Lines of NDJSON, or server-sent events. */
export class TextLastWord extends LastWord {
  readonly #format: TextStream;
  readonly #separator: string;
  /** What has passed since the last separator; only whether it is blank matters, and its last character. */
  #open = "";

  /** @returns undefined for an answer that is no stream of records */
  static of(contentType: string | undefined): TextLastWord | undefined {
    const format = [ndjson, serverSentEvents].find((known) => known.contentType === contentType);
    return format && new TextLastWord(format, format === ndjson ? "\n" : "\n\n");
  }

  private constructor(format: TextStream, separator: string) {
    super();
    this.#format = format;
    this.#separator = separator;
  }

  protected firstEnd(chunk: Buffer): number {
    // A separator of two may come in two parts.
    const before = this.#open.endsWith("\n") ? 1 : 0;
    const text = (before === 1 ? "\n" : "") + chunk.toString("latin1");
    const [first, last] = [text.indexOf(this.#separator), text.lastIndexOf(this.#separator)];
    const length = this.#separator.length;
    const open = last < 0 ? this.#open + text.slice(before) : text.slice(last + length);
    this.#open = open.trim() === "" ? open.slice(-1) : `x${open.slice(-1)}`;
    return first < 0 ? -1 : first + length - before;
  }

  protected whole(): boolean {
    return this.#open.trim() === "";
  }

  protected record(error: OrcaError): Buffer {
    return Buffer.from(new RecordWriter("numbers", this.#format).write(errorRecord(error)));
  }
}

/** A server's frames of a WebSocket (RFC 6455, 5.2). */
export class FrameLastWord extends LastWord {
  #head: number[] = [];
  /** Bytes of the frame that are still to come. */
  #left = 0;

  protected firstEnd(chunk: Buffer): number {
    let first = -1;
    for (let at = 0; at < chunk.length; ) {
      if (this.#left > 0) {
        const passed = Math.min(this.#left, chunk.length - at);
        this.#left -= passed;
        at += passed;
      } else {
        this.#head.push(chunk[at++] as number);
        const length = payloadLength(this.#head);
        if (length === undefined) continue;
        this.#head = [];
        this.#left = length;
      }
      if (first < 0 && this.whole()) first = at;
    }
    return first;
  }

  protected whole(): boolean {
    return this.#left === 0 && this.#head.length === 0;
  }

  protected record(error: OrcaError): Buffer {
    const going = Buffer.alloc(2);
    // 1001: the server is going away.
    going.writeUInt16BE(1001);
    const text = Buffer.from(JSON.stringify(errorRecord(error)));
    return Buffer.concat([frame(1, text), frame(8, Buffer.concat([going, Buffer.from(error.code)]))]);
  }
}

/** The length that a frame's head says; undefined where the head is not whole. */
function payloadLength([, second, ...more]: readonly number[]): number | undefined {
  if (second === undefined) return undefined;
  const short = second & 127;
  const bytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  if (more.length < bytes) return undefined;
  return bytes === 0 ? short : more.reduce((length, byte) => length * 256 + byte, 0);
}

/** A whole frame of less than 64 KiB, unmasked. */
function frame(opcode: number, payload: Buffer): Buffer {
  const head = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...head]), payload]);
}

/** What is said to streams that the end of this server cuts. */
export const STOPPING = new OrcaError("stopping", "The server stops, and this stream took longer than it waits.", {
  hint: "Ask again in a moment; the windows so far are valid.",
});
