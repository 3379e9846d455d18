import { TroubleError } from "../teller.ts";

/** The Embedding Projector's files for a recording, as a zip, made by the server. Rejects with a TroubleError. */
export async function projectorBundle(file: Blob, name: string, model: string, signal: AbortSignal): Promise<Blob> {
  const query = new URLSearchParams({ model, file: name.slice(0, 200) });
  const response = await fetch(`v1/projector?${query}`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body: file,
    signal,
  });
  if (response.ok) return response.blob();
  if (response.status === 404) {
    throw new TroubleError({
      title: "No projector bundles here",
      detail: "This server does not make bundles for the Embedding Projector.",
      hint: "Ask its operator for a newer version; the other exports work.",
    });
  }
  const problem = (await response.json().catch(() => undefined)) as TroubleError["trouble"] | undefined;
  throw new TroubleError(problem ?? { title: "No bundle", detail: `The server answered ${response.status}.` });
}
