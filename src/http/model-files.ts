import { OrcaError } from "../errors.ts";
import { MANIFEST_FILE, type ModelEntry, servedFiles } from "../models/index.ts";
import { matches } from "./files/file-response.ts";
import { givesOut } from "./given-files.ts";
import type { Services } from "./services.ts";
import { usageOf } from "./usage.ts";

/** Where the models' files are, for a page that runs them itself. */
export const MODEL_FILES = "/models/:file";

/**
 * A file of the models: the manifest, or one that it names. Whoever takes it holds it against the manifest's hash, which is
 * its ETag too. Throws `not_found`, `forbidden` where the operator may not pass it on, and `rate_limited`.
 */
export async function modelFile(request: Request, name: string, services: Services): Promise<Response> {
  const { store, source, clients, modelFiles } = services;
  if (modelFiles === "none") {
    throw new OrcaError("not_found", "This server gives out no models.", {
      hint: "Send recordings to it; its operator can change that: MODEL_FILES.",
    });
  }
  clients.request(usageOf(request).client);
  const { models } = await store.manifest();
  const owner = models.find((entry) => servedFiles(entry).some(({ file }) => file === name));
  if (owner !== undefined && !givesOut(modelFiles, owner)) throw notPassedOn(owner);
  const sha256 = owner && servedFiles(owner).find(({ file }) => file === name)?.sha256;
  const headers = new Headers({
    "content-type": name.endsWith(".json") ? "application/json" : "application/octet-stream",
    "cache-control": "no-cache",
  });
  if (sha256 !== undefined) {
    headers.set("etag", `"${sha256}"`);
    if (matches(request.headers.get("if-none-match"), `"${sha256}"`))
      return new Response(null, { status: 304, headers });
  }
  const body = owner !== undefined || name === MANIFEST_FILE ? await source.stream(name) : undefined;
  if (body !== undefined) return new Response(body, { headers });
  throw new OrcaError("not_found", `There is no file ${JSON.stringify(name)} of a model.`, {
    hint: `GET /models/${MANIFEST_FILE} names them all.`,
  });
}

function notPassedOn({ description: { id, licence } }: ModelEntry): OrcaError {
  return new OrcaError(
    "forbidden",
    `The weights of ${id} are not given out: ${licence.name}. ${licence.redistribution}`,
    {
      hint: "Send recordings to this server; its operator can say that they may be passed on: MODEL_FILES.",
    },
  );
}
