import { type ErrorCode, OrcaError } from "../../errors.ts";
import type { Outcome, Setup, Task } from "./extract-one.ts";

/** What goes from the run to a process that works for it: first the set-up, then one task after the other. */
export type ToWorker = { readonly setup: Setup } | { readonly task: Task };

/** What comes back. */
export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "progress"; readonly seconds: number; readonly total?: number | undefined }
  | { readonly type: "done"; readonly outcome: Outcome }
  | { readonly type: "failed"; readonly error: PlainError };

/** An OrcaError as JSON. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly field?: string | undefined;
  readonly hint?: string | undefined;
}

export const plain = ({ code, message, field, hint }: OrcaError): PlainError => ({ code, message, field, hint });

export function fromPlain({ code, message, field, hint }: PlainError): OrcaError {
  return new OrcaError(code, message, {
    ...(field === undefined ? {} : { field }),
    ...(hint === undefined ? {} : { hint }),
  });
}
