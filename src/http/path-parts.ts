import { OrcaError } from "../errors.ts";

/** The parts of an address' path, as they were before they were escaped. Throws `not_found` for half an escape, as `%` alone is. */
export function pathParts(path: string): string[] {
  try {
    return path.split("/").map(decodeURIComponent);
  } catch (cause) {
    throw new OrcaError("not_found", `There is nothing at ${path}: a % stands for two digits behind it, as in %20.`, {
      cause,
    });
  }
}
