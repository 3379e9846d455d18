import { OrcaError } from "../errors.ts";
import { joinBytes } from "../join.ts";
import { FormFile } from "./form-file.ts";

/** What curl's -d takes out of a file: zeros and line ends. */
const STRIPPED = [0, 10, 13];

/** A recording of so many bytes without any of those is none that was sent as it is: by chance, one in 10^20. */
const ENOUGH = 4096;

export interface SentRecording {
  readonly bytes: AsyncIterator<Uint8Array, undefined>;
  /** Its name, where a form says one. */
  readonly name?: string;
}

/**
 * The recording in a request's body: the body itself, or the file of a form. Throws `unsupported_encoding` for a form without
 * a file, and for a recording that a client took bytes out of.
 */
export async function sentRecording(
  bytes: AsyncIterator<Uint8Array, undefined>,
  contentType: string,
): Promise<SentRecording> {
  if (/^multipart\/form-data\b/i.test(contentType)) {
    const file = await FormFile.open(bytes, contentType);
    return { bytes: file, name: file.name };
  }
  return { bytes: /^application\/x-www-form-urlencoded\b/i.test(contentType) ? await unstripped(bytes) : bytes };
}

/** The same bytes, of which the first were looked at. */
async function unstripped(bytes: AsyncIterator<Uint8Array, undefined>): Promise<AsyncIterator<Uint8Array, undefined>> {
  let first: Uint8Array = new Uint8Array(0);
  while (first.length < ENOUGH && !STRIPPED.some((byte) => first.includes(byte))) {
    const step = await bytes.next();
    if (step.done) break;
    first = joinBytes([first, step.value]);
  }
  if (first.length >= ENOUGH && !STRIPPED.some((byte) => first.includes(byte))) {
    throw new OrcaError(
      "unsupported_encoding",
      "The body was sent as a form, and all its line ends and zeros are gone.",
      {
        hint: "With curl use --data-binary @call.wav in place of -d, or -X POST -T call.wav.",
      },
    );
  }
  let given = first.length === 0;
  return {
    next: async () => {
      if (given) return bytes.next();
      given = true;
      return { done: false, value: first };
    },
    return: async () => (await bytes.return?.()) ?? { done: true, value: undefined },
  };
}
