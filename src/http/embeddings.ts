import { type EmbedOptions, embedBatches } from "../embed/index.ts";
import type { Texts } from "../options/index.ts";
import { type EmbedRecord, type LiveRecord, RecordWriter } from "../records/index.ts";
import { textFormat } from "./accepted.ts";
import { admit, begin, type Streams } from "./admission.ts";
import { bodyBytes, sentSize } from "./body.ts";
import { noCollections } from "./collections/index.ts";
import { namedHeads } from "./heads.ts";
import { embeddingsRequest } from "./options.ts";
import { streamRecords } from "./record-stream.ts";
import { withSentName } from "./sent-name.ts";
import { sentRecording } from "./sent-recording.ts";
import type { Services } from "./services.ts";
import { acceptSocket, SocketBytes, sendRecords } from "./sockets/index.ts";
import { usageOf } from "./usage.ts";

/** POST /v1/embeddings: records as text while the body arrives. */
export async function embeddings(request: Request, query: Texts, services: Services): Promise<Response> {
  const { store, limits, choices, streams } = services;
  admitStream(services);
  const usage = usageOf(request);
  const contentType = request.headers.get("content-type") ?? "";
  const wanted = (inForm?: string) =>
    embeddingsRequest(withSentName(query, request.headers, inForm), contentType, choices);
  // What is wrong with it is said before a byte is taken; a form's name comes with the bytes.
  wanted();
  const bytes = bodyBytes(request, limits);
  const finish = begin(services, request, request.signal, () => void bytes.return?.());
  try {
    const sent = await sentRecording(usage.received(bytes), contentType);
    const { model, variant, engine, encoding, collection, options, ...named } = wanted(sent.name);
    const heads = await namedHeads(store, named);
    const told = { ...options, ...heads, ...sentSize(request), longest: limits.audio, signal: request.signal };
    const load = () => store.load(model, variant, engine);
    const made = kept(
      embedBatches(sent.bytes, load, services, told),
      services,
      collection,
      recordingName(options, usage.id),
    );
    const batches = countedFor(request, services, made);
    return await streamRecords(batches, {
      writer: new RecordWriter(encoding, textFormat(request)),
      idle: limits.idle,
      hearOut: () => {
        usage.code = "too_slow";
        return bytes.hearOut();
      },
      requestId: usage.id,
      finished: finish,
      sent: (records) => countWindows(streams, records),
    });
  } catch (thrown) {
    finish();
    throw thrown;
  }
}

/** GET /v1/embeddings with `Upgrade: websocket`: the same records as messages; what fails comes as an error record. */
export function embeddingsSocket(request: Request, query: Texts, services: Services): Response {
  const { store, limits, choices, streams } = services;
  const { connection, response } = acceptSocket(request, limits.idle);
  const bytes = new SocketBytes(connection, limits);
  let finish = () => {};
  const open = () => {
    admitStream(services);
    const { model, variant, engine, encoding, collection, options, ...named } = embeddingsRequest(query, "", choices);
    finish = begin(services, request, connection.gone, () => void bytes.return());
    const load = () => store.load(model, variant, engine);
    const read = usageOf(request).received(bytes);
    const told = { ...options, longest: limits.audio, signal: connection.gone };
    async function* embedded() {
      yield* embedBatches(read, load, services, { ...told, ...(await namedHeads(store, named)) });
    }
    const name = recordingName(options, usageOf(request).id);
    const batches = countedFor(request, services, kept(embedded(), services, collection, name));
    return { batches, writer: new RecordWriter(encoding) };
  };
  void sendRecords(connection, open, (records) => countWindows(streams, records)).finally(() => finish());
  return response;
}

/** Records that are kept in a collection before they are passed on, where one is named. Throws `not_found` where none can be. */
function kept(
  batches: AsyncGenerator<readonly EmbedRecord[]>,
  { collections }: Services,
  collection: string | undefined,
  recording: string,
): AsyncGenerator<readonly EmbedRecord[]> {
  if (collection === undefined) return batches;
  if (collections === undefined) throw noCollections();
  return collections.keeping(batches, collection, recording);
}

/**
 * A recording without a name is called by its request. Folders are kept, as the first is its deployment; those of a whole path are
 * the sender's disk, and are not.
 */
function recordingName({ file = "" }: EmbedOptions, id: string): string {
  const parts = file.split(/[/\\]/).filter((part) => part !== "" && part !== "." && part !== "..");
  const name = /^([/\\]|[a-z]:)/i.test(file) ? parts.at(-1) : parts.join("/");
  return name === undefined || name === "" ? `recording-${id}` : name;
}

/** A request's records, counted for the log, the metrics and its client's limits. */
export function countedFor<T extends readonly LiveRecord[]>(
  request: Request,
  { clients }: Pick<Services, "clients">,
  batches: AsyncGenerator<T>,
): AsyncGenerator<T> {
  const usage = usageOf(request);
  return usage.counted(batches, (seconds) => clients.heard(usage.client, seconds));
}

export function admitStream({ streams, limits }: Services): void {
  admit(streams.active, limits.streams, "streams", "ask the operator to raise MAX_STREAMS");
}

export function countWindows(streams: Streams, records: readonly LiveRecord[]): void {
  streams.windows += records.filter(({ type }) => type === "window").length;
}
