import { openAsBlob } from "node:fs";
import type { IncomingMessage } from "node:http";
import { resolve, sep } from "node:path";
import type { CollectionFolder } from "../../collection/folder.node.ts";
import { OrcaError } from "../../errors.ts";
import { collectionAnswer, exportResponse, pageResponse, pathParts } from "../../http/index.ts";
import type { Fetcher } from "../../models/index.ts";
import { nodeRuntime } from "../../runtime.node.ts";
import { wav16 } from "../../sample/index.ts";
import type { CodeTable } from "../../vectors/index.ts";
import type { Respond } from "../loopback-server.ts";
import { cut } from "../recordings/cut.ts";

/** What is served. */
export interface Explored {
  readonly name: string;
  /** By their models' ids. */
  readonly folders: ReadonlyMap<string, CollectionFolder>;
  /** Where recordings lie, where it is not where they were collected. */
  readonly audio: string | undefined;
  /** Folder of the models. */
  readonly models: string;
  readonly vectors: WebAssembly.Module;
}

const COLLECTIONS = "/v1/collections";
/** Bytes of a request. */
const MOST_BYTES = 1 << 26;
/** Seconds of a clip. */
const LONGEST_CLIP = 600;

/** Answers requests to a collection's folder, as the Worker answers those to its own, and pieces of its recordings. */
export function exploring(explored: Explored, page: Fetcher | undefined): Respond {
  const codes = new Map<CollectionFolder, Promise<CodeTable>>();
  return async (incoming, origin) => {
    const url = new URL(incoming.url ?? "/", origin);
    if (!url.pathname.startsWith(COLLECTIONS)) {
      const found = page && (await pageResponse(url.pathname, page));
      if (found !== undefined) return found;
      throw new OrcaError("not_found", `There is nothing at ${url.pathname}.`);
    }
    // A page of somebody else's could label what it cannot read.
    const from = incoming.headers.origin;
    if (from !== undefined && from !== origin)
      throw new OrcaError("origin_refused", `Pages of ${from} may not use this server.`);
    const [name, what = ""] = pathParts(url.pathname.slice(COLLECTIONS.length + 1));
    const models = [...explored.folders.keys()];
    if (name === undefined || name === "")
      return Response.json({ collections: models.map((model) => ({ name: explored.name, model })) });
    if (name !== explored.name) throw new OrcaError("not_found", `There is no collection ${name}.`);
    const folder = chosenFolder(explored, url.searchParams.get("model"));
    if (what === "audio") return sound(url.searchParams, folder, explored);
    if (what === "export") return exportResponse(folder.collection.model.id, await folder.files());
    const answering = {
      collection: folder.collection,
      vectors: explored.vectors,
      codes: () => {
        // Nobody else is told of windows that come meanwhile: a search sees those that were there when it was first asked.
        const made = codes.get(folder) ?? folder.codes(explored.vectors);
        codes.set(folder, made);
        return made;
      },
    };
    return Response.json(await collectionAnswer(await requestOf(incoming, url), what, answering));
  };
}

function chosenFolder({ name, folders }: Explored, model: string | null): CollectionFolder {
  const folder = model === null && folders.size === 1 ? [...folders.values()][0] : folders.get(model ?? "");
  if (folder !== undefined) return folder;
  throw new OrcaError("bad_option", `${name} has collections of ${folders.size} models.`, {
    field: "model",
    hint: `Say which with model=: ${[...folders.keys()].join(", ")}.`,
  });
}

/** `?recording=NAME` as it is; with `start=S&end=S` that piece as a WAV, the mean of its channels. */
async function sound(query: URLSearchParams, folder: CollectionFolder, { audio, models }: Explored): Promise<Response> {
  const name = query.get("recording") ?? "";
  const whole = !query.has("start") && !query.has("end");
  const [start, end] = [Number(query.get("start")), Number(query.get("end"))];
  if (!whole && !(start >= 0 && end > start && end - start <= LONGEST_CLIP))
    throw new OrcaError("bad_option", `start= and end= are seconds, ${LONGEST_CLIP} apart at most.`);
  // Names lead to files: only those that the collection has.
  let there = false;
  for await (const recording of folder.collection.recordings()) if (recording.name === name) there = true;
  if (!there) throw new OrcaError("not_found", `The collection has no recording ${name}.`);
  const base = resolve(audio ?? folder.audioSources().at(-1)?.base ?? "");
  const file = resolve(base, name);
  // A collection of somebody else's may call a recording as it likes.
  if (!file.startsWith(base + sep)) throw new OrcaError("not_found", `${name} lies outside of ${base}.`);
  if (whole) {
    const bytes = await openAsBlob(file).catch((cause: unknown) => {
      throw new OrcaError("not_found", `The recording ${name} is not in ${base}.`, {
        hint: "orca-embed explore --audio says where the recordings lie.",
        cause,
      });
    });
    return new Response(bytes, { headers: { "content-type": "application/octet-stream" } });
  }
  const [piece] = await cut(file, [{ start, end }], await nodeRuntime(models));
  if (piece === undefined || piece.samples.length === 0)
    throw new OrcaError("not_found", `There is no sound of ${name} from ${start} to ${end} s.`);
  return new Response(wav16(piece.samples, piece.rate), { headers: { "content-type": "audio/wav" } });
}

async function requestOf(incoming: IncomingMessage, url: URL): Promise<Request> {
  const { method = "GET" } = incoming;
  if (method === "GET" || method === "HEAD") return new Request(url);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new OrcaError("too_large", `A request may have ${MOST_BYTES} bytes.`);
  }
  return new Request(url, { method, body: Buffer.concat(chunks) });
}
