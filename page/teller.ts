import { asOrcaError, errorTitle, type OrcaError } from "../src/errors.ts";

/** What went wrong, in the words of whoever refused. */
export interface Trouble {
  readonly title: string;
  readonly detail: string;
  readonly hint?: string | undefined;
  readonly code?: string | undefined;
  readonly byteOffset?: number | undefined;
}

/** Who tells the reader: what happened, what failed, and that there is something else to see. */
export interface Teller {
  changed(): void;
  say(sentence: string): void;
  fail(about: string, trouble: Trouble, again?: () => void): void;
}

export class TroubleError extends Error {
  readonly trouble: Trouble;

  constructor(trouble: Trouble) {
    super(trouble.detail);
    this.trouble = trouble;
  }
}

/** An error as it is shown. */
export function troubleOf({ code, message, hint, byteOffset }: OrcaError): Trouble {
  return { title: errorTitle(code), detail: message, hint, code, byteOffset };
}

/** Whatever was thrown, as it is shown. */
export function troubleIn(thrown: unknown): Trouble {
  return thrown instanceof TroubleError ? thrown.trouble : troubleOf(asOrcaError(thrown));
}
