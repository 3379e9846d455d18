import { OrcaError } from "../errors.ts";
import { MANIFEST_FILE, servedFiles } from "../models/index.ts";
import type { Services } from "./services.ts";

/** Where the models' files are, for a page that runs them itself. */
export const MODEL_FILES = "/models/:file";

/** A file of the models: the manifest, or one that it names. Whoever takes it holds it against the manifest's hash. Throws `not_found`. */
export async function modelFile(name: string, { store, source }: Services): Promise<Response> {
  const { models } = await store.manifest();
  const known = name === MANIFEST_FILE || models.flatMap(servedFiles).some(({ file }) => file === name);
  const bytes = known ? await source.read(name) : undefined;
  if (bytes === undefined) {
    throw new OrcaError("not_found", `There is no file ${JSON.stringify(name)} of a model.`, {
      hint: `GET /models/${MANIFEST_FILE} names them all.`,
    });
  }
  const type = name.endsWith(".json") ? "application/json" : "application/octet-stream";
  return new Response(bytes, { headers: { "content-type": type, "cache-control": "no-cache" } });
}
