import { OrcaError } from "../../errors.ts";

/** `weights_invalid` about a place in a file: the message names the file and the byte, as every reader here does. */
export function invalid(file: string, byteOffset: number, what: string, hint?: string, cause?: unknown): OrcaError {
  return new OrcaError("weights_invalid", `${file}, byte ${byteOffset}: ${what}`, {
    byteOffset,
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** What to do about a file whose bytes are not what was published. */
export const FETCH_AGAIN = "Fetch the file again: it was damaged or cut short on its way.";
