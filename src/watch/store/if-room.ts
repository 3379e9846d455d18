import { OrcaError } from "../../errors.ts";

/** On a full disk nothing is kept of it: it is said all the same. */
export function keepingIfRoom(keep: () => void): void {
  try {
    keep();
  } catch (thrown) {
    if (!(thrown instanceof OrcaError) || thrown.code !== "unwritable") throw thrown;
  }
}
