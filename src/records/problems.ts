import { ERROR_CODES, OrcaError } from "../errors.ts";
import type { ErrorRecord } from "./types.ts";

/** What a server says of an error: a problem (RFC 9457) or an error record. */
interface Said {
  readonly code: string;
  readonly message: string;
  readonly byteOffset?: unknown;
  readonly field?: unknown;
  readonly hint?: unknown;
}

/** The error that an error record tells of. */
export const errorOf = (record: ErrorRecord): OrcaError => errorSaid(record);

/** The error of a response that is none of success. `fetch_failed` where it comes from something else than our server. */
export async function problemIn(response: Response): Promise<OrcaError> {
  const { status } = response;
  const text = await response.text();
  const said = problemSaid(text);
  if (said !== undefined) return errorSaid(said);
  const start = text.trim().slice(0, 200);
  return new OrcaError(
    "fetch_failed",
    `The server answered with status ${status}${start === "" ? "" : `: ${start}`}.`,
    {
      hint: "This is no answer of orca-embeddings: is the address right, and is there a proxy before it?",
    },
  );
}

function problemSaid(text: string): Said | undefined {
  try {
    const { code, detail, ...more } = JSON.parse(text) as Record<string, unknown>;
    return typeof code === "string" && typeof detail === "string" ? { ...more, code, message: detail } : undefined;
  } catch {
    // A page of a proxy: the caller quotes it.
    return undefined;
  }
}

/** A newer server may know codes that are not known here: to this one they are failures of it. */
function errorSaid({ code, message, byteOffset, field, hint }: Said): OrcaError {
  return new OrcaError(ERROR_CODES.find((known) => known === code) ?? "internal", message, {
    ...(typeof byteOffset === "number" ? { byteOffset } : {}),
    ...(typeof field === "string" ? { field } : {}),
    ...(typeof hint === "string" ? { hint } : {}),
  });
}
