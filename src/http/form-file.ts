import { OrcaError } from "../errors.ts";
import { joinBytes } from "../join.ts";
import { nameIn } from "./sent-name.ts";

/** Bytes before a part's data: its headers, and what stands before the first part. */
const MOST_HEADERS = 16_384;

const [CR, LF, DASH] = [13, 10, 45];
const bytesOf = (text: string) => new TextEncoder().encode(text);

/**
 * The one file of a multipart/form-data body (RFC 7578, RFC 2046, 5.1.1), as it comes: no part is kept. Fields beside it are
 * passed over.
 */
export class FormFile implements AsyncIterator<Uint8Array, undefined> {
  /** The file's name, where the form says one. */
  name = "";
  readonly #bytes: AsyncIterator<Uint8Array, undefined>;
  /** What ends a part: a line's end and the boundary. */
  readonly #end: Uint8Array;
  /** What was read and not yet handed on. */
  #held: Uint8Array = bytesOf("\r\n");
  #over = false;

  /** Reads up to the file. Throws `unsupported_encoding` for a form without one, or that is none. */
  static async open(bytes: AsyncIterator<Uint8Array, undefined>, contentType: string): Promise<FormFile> {
    const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType) ?? [];
    const boundary = quoted ?? plain;
    if (boundary === undefined) throw malformed("its Content-Type names no boundary");
    const file = new FormFile(bytes, boundary);
    await file.#skip(MOST_HEADERS);
    if (!(await file.#nextFile())) {
      throw new OrcaError("unsupported_encoding", "The body is a form, and there is no file in it.", {
        hint: "With curl: -F file=@call.wav, or better -X POST -T call.wav.",
      });
    }
    return file;
  }

  private constructor(bytes: AsyncIterator<Uint8Array, undefined>, boundary: string) {
    this.#bytes = bytes;
    this.#end = bytesOf(`\r\n--${boundary}`);
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    while (!this.#over) {
      const at = find(this.#held, this.#end);
      const ready = at < 0 ? Math.max(0, this.#held.length - this.#end.length + 1) : at;
      if (ready > 0) {
        const value = this.#held.subarray(0, ready);
        this.#held = this.#held.subarray(ready);
        return { done: false, value };
      }
      if (at === 0) {
        this.#over = true;
        this.#held = this.#held.subarray(this.#end.length);
        if (await this.#nextFile()) {
          throw new OrcaError("unsupported_encoding", `The form has a second file, ${JSON.stringify(this.name)}.`, {
            hint: "Send one recording a request.",
          });
        }
      } else await this.#more();
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#over = true;
    return (await this.#bytes.return?.()) ?? { done: true, value: undefined };
  }

  /** Behind a boundary: to the data of the next part that is a file. @returns whether there is one */
  async #nextFile(): Promise<boolean> {
    for (;;) {
      while (this.#held.length < 2) await this.#more();
      if (this.#held[0] === DASH && this.#held[1] === DASH) return false;
      // A part without headers is no file; its data begins behind the same blank line.
      const headers = new TextDecoder().decode(await this.#until(bytesOf("\r\n\r\n"), MOST_HEADERS));
      const disposition = /\r\ncontent-disposition:\s*(.*)/i.exec(`\r\n${headers}`)?.[1] ?? "";
      if (/;\s*filename\*?\s*=/i.test(disposition)) {
        this.name = nameIn(disposition) ?? "";
        return true;
      }
      await this.#skip(Number.POSITIVE_INFINITY);
    }
  }

  /** Passes over everything up to a boundary, and it. */
  async #skip(most: number): Promise<void> {
    for (let passed = 0; ; ) {
      const at = find(this.#held, this.#end);
      if (at >= 0) {
        this.#held = this.#held.subarray(at + this.#end.length);
        return;
      }
      const gone = Math.max(0, this.#held.length - this.#end.length + 1);
      passed += gone;
      if (passed > most) throw malformed("its first boundary does not come");
      this.#held = this.#held.subarray(gone);
      await this.#more();
    }
  }

  async #until(mark: Uint8Array, most: number): Promise<Uint8Array> {
    for (;;) {
      const at = find(this.#held, mark);
      if (at >= 0) {
        const before = this.#held.subarray(0, at);
        this.#held = this.#held.subarray(at + mark.length);
        return before;
      }
      if (this.#held.length > most) throw malformed(`a part has more than ${most} bytes of headers`);
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    const step = await this.#bytes.next();
    if (step.done) throw malformed("it ends before its last boundary");
    // A chunk is good until the next one only.
    this.#held = joinBytes([this.#held, step.value]);
  }
}

function find(bytes: Uint8Array, mark: Uint8Array): number {
  for (let at = bytes.indexOf(CR); at >= 0; at = bytes.indexOf(CR, at + 1)) {
    if (bytes[at + 1] === LF && mark.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

function malformed(what: string): OrcaError {
  return new OrcaError("unsupported_encoding", `The body is no whole form (multipart/form-data): ${what}.`, {
    hint: "Send the recording itself as the body: curl -X POST -T call.wav.",
  });
}
