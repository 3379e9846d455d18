import { OrcaError } from "../errors.ts";

/** Characters that one record may have: tens of times the largest that is written. */
const MOST_CHARACTERS = 2 ** 26;

/**
 * The JSON texts in NDJSON or server-sent events, in pieces that are cut anywhere. No value of JSON begins like a field of
 * an event, so each line tells what it is. Throws `record_malformed` for what is not UTF-8, and for a line without an end.
 */
export class RecordTexts {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  /** The parts of a line whose end has not come, and their characters. */
  #line: string[] = [];
  #length = 0;
  /** Lines of data of an event whose end has not come. */
  #data: string[] = [];

  /** The texts that a piece brings to their end. */
  *push(piece: Uint8Array | string): Generator<string> {
    const text = typeof piece === "string" ? piece : this.#decoded(piece);
    let at = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", at)) {
      this.#line.push(text.slice(at, end));
      at = end + 1;
      yield* this.#taken();
    }
    if (at === text.length) return;
    this.#line.push(text.slice(at));
    this.#length += text.length - at;
    if (this.#length > MOST_CHARACTERS)
      throw new OrcaError("record_malformed", `A line has more than ${MOST_CHARACTERS} characters and no end.`, {
        hint: "Are these records, one a line?",
      });
  }

  /** What stands at the end without a line's end. */
  *finish(): Generator<string> {
    this.#line.push(this.#decoded());
    yield* this.#taken();
    yield* this.#event();
  }

  /** A line has ended. */
  *#taken(): Generator<string> {
    const line = this.#line.join("").replace(/\r$/, "");
    this.#line = [];
    this.#length = 0;
    if (line.trim() === "") yield* this.#event();
    else if (/^data(:|$)/.test(line)) this.#data.push(line.slice(5).replace(/^ /, ""));
    else if (!/^(event|id|retry)?(:|$)/.test(line)) yield line;
  }

  *#event(): Generator<string> {
    if (this.#data.length > 0) yield this.#data.splice(0).join("\n");
  }

  #decoded(bytes?: Uint8Array): string {
    try {
      return bytes === undefined ? this.#decoder.decode() : this.#decoder.decode(bytes, { stream: true });
    } catch (cause) {
      throw new OrcaError("record_malformed", "The records are not UTF-8 text.", { cause });
    }
  }
}
