import { OrcaError } from "../errors.ts";

/** Names of what is there that a hint lists at most. */
const MOST = 10;

/** What is wrong with a name that the collection does not have. @param thing  what it would be the name of */
export function notThere(thing: string, name: string, known: readonly string[], field: string): OrcaError {
  const some = known.slice(0, MOST).map((one) => JSON.stringify(one));
  return new OrcaError("bad_option", `The collection has no ${thing} ${JSON.stringify(name)}.`, {
    field,
    hint: known.length === 0 ? "It has none." : `It has ${some.join(", ")}${known.length > MOST ? ", …" : ""}.`,
  });
}
