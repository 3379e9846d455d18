import { resolve } from "node:path";
import { lookBehindFile } from "../../audio/behind.node.ts";
import { lookBehind } from "../../audio/index.ts";
import type { EmbedOptions } from "../../embed/index.ts";
import { objectAccess, objectBytes, partsBytes, type RemoteClient } from "../../remote/index.ts";
import { fileBytes, readableFile } from "../readable-file.ts";
import type { Elsewhere } from "./found.ts";

/** The bytes of a recording as they come, and what is known of it: its name, and what stands behind its audio. */
export interface OpenRecording {
  readonly audio: AsyncIterable<Uint8Array>;
  readonly known: Partial<EmbedOptions>;
}

/** Opens a file or what lies elsewhere. Throws OrcaError. */
export async function openRecording(
  { path, elsewhere }: { readonly path: string; readonly elsewhere?: Elsewhere | undefined },
  client: RemoteClient,
): Promise<OpenRecording> {
  if (elsewhere !== undefined) return await openElsewhere(path, elsewhere, client);
  return {
    audio: fileBytes(await readableFile(path)),
    known: { file: resolve(path), ...(await lookBehindFile(path)) },
  };
}

/** Where `lookBehindFile` is silent this throws: what is not known for a broken line would be another result. */
async function openElsewhere(path: string, { parts, start }: Elsewhere, client: RemoteClient): Promise<OpenRecording> {
  const known = { file: path, ...(start === undefined ? {} : { start }) };
  const [object] = parts;
  if (parts.length !== 1 || object === undefined) return { audio: partsBytes(client, parts), known };
  const { size } = object;
  const behind = size === undefined ? {} : await lookBehind(objectAccess(client, { ...object, size }));
  return { audio: objectBytes(client, object), known: { ...known, ...behind } };
}
