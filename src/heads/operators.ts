import { OrcaError } from "../errors.ts";
import { MOST_HEAD_BYTES, parseHead } from "./head.ts";
import type { LoadedHead } from "./stage.ts";

const ENDING = ".head.json";

/** What an operator's head is called, where the models lie. */
export const headFileName = (name: string) => `${name}${ENDING}`;
export const isHeadFile = (file: string) => file.endsWith(ENDING);

/** Where the operator's heads lie: the models' folder, static assets or bucket. */
interface Shelf {
  beside(file: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

/** Heads that were read, by their shelves; an operator who changes one starts the service again. */
const read = new WeakMap<Shelf, Map<string, LoadedHead>>();

/** An operator's head. Throws `bad_option` where there is none of that name, `head_invalid`. */
export async function operatorsHead(shelf: Shelf, name: string): Promise<LoadedHead> {
  const known = read.get(shelf) ?? new Map<string, LoadedHead>();
  read.set(shelf, known);
  const before = known.get(name);
  if (before !== undefined) return before;
  const bytes = await shelf.beside(headFileName(name));
  if (bytes === undefined) {
    throw new OrcaError("bad_option", `There is no head ${JSON.stringify(name)} here.`, {
      field: "heads",
      hint: `The operator puts ${headFileName(name)} beside the models.`,
    });
  }
  if (bytes.length > MOST_HEAD_BYTES) throw new OrcaError("head_invalid", `${name} is larger than a head may be.`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const loaded = { head: parseHead(new TextDecoder().decode(bytes), headFileName(name)), sha256 };
  known.set(name, loaded);
  return loaded;
}
