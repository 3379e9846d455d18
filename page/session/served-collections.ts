import { OrcaError } from "../../src/errors.ts";
import { type CollectionFiles, collectionsAmong } from "../bundle/open-collection.ts";
import { zipEntries } from "../bundle/zip-entries.ts";

/** A collection of the server. */
export interface ServedCollection {
  readonly name: string;
  readonly model: string;
}

/** The server's collections; none where it keeps none, or may not say. */
export async function servedCollections(): Promise<readonly ServedCollection[]> {
  try {
    const response = await fetch("v1/collections");
    return response.ok ? ((await response.json()) as { collections: ServedCollection[] }).collections : [];
  } catch {
    // Without it the page works.
    return [];
  }
}

/** The files of a collection of the server, as it exports them. */
export async function fetchCollection({ name, model }: ServedCollection): Promise<CollectionFiles[]> {
  const path = `v1/collections/${encodeURIComponent(name)}`;
  const archive = await fetched(`${path}/export?${new URLSearchParams({ model })}`, name);
  const sound = (recording: string) => () =>
    fetched(`${path}/audio?${new URLSearchParams({ model, recording })}`, recording);
  const files = collectionsAmong(name, await zipEntries(name, archive));
  // What keeps collections without their recordings refuses sound: then it can be dropped on the page.
  return files.map((one) => ({ ...one, name, sound }));
}

async function fetched(address: string, what: string): Promise<Blob> {
  let response: Response;
  try {
    response = await fetch(address);
  } catch (cause) {
    throw new OrcaError("not_found", `${what} cannot be fetched: the server does not answer.`, {
      hint: "Is it still running, and can this device reach it?",
      cause,
    });
  }
  if (response.ok) return response.blob();
  const problem = (await response.json().catch(() => ({}))) as { detail?: string; hint?: string };
  throw new OrcaError("not_found", problem.detail ?? `${what}: the server answers ${response.status}.`, {
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
  });
}
