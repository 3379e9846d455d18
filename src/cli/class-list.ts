import { readClassMap } from "../convert/readers/class-map.ts";
import { OrcaError } from "../errors.ts";
import type { ModelClass } from "../models/index.ts";

/**
 * What --classes gives. Throws `bad_option`.
 * @param path  of AudioSet's list, as for `models convert`
 */
export async function classList(path: string): Promise<ModelClass[]> {
  return readClassMap(path).catch((cause: Error) => {
    throw new OrcaError("bad_option", `--classes: ${cause.message}`, { field: "classes", cause });
  });
}
