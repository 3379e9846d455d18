import { embedBatches } from "../embed/index.ts";
import type { Texts } from "../options/index.ts";
import { type LiveRecord, ndjson, RecordWriter, serverSentEvents, type TextStream } from "../records/index.ts";
import { admit, begin, type Streams } from "./admission.ts";
import { bodyBytes, sentSize } from "./body.ts";
import { embeddingsRequest } from "./options.ts";
import { type ServerSocket, SocketBytes, sendRecords } from "./record-socket.ts";
import { streamRecords } from "./record-stream.ts";
import { withSentName } from "./sent-name.ts";
import type { Services } from "./services.ts";

/** POST /v1/embeddings: records as text while the body arrives. */
export async function embeddings(request: Request, query: Texts, services: Services): Promise<Response> {
  const { store, limits, choices, streams } = services;
  admitStream(services);
  const contentType = request.headers.get("content-type") ?? "";
  const named = withSentName(query, request.headers);
  const { model, variant, engine, encoding, options } = embeddingsRequest(named, contentType, choices);
  const bytes = bodyBytes(request, limits);
  const finish = begin(streams, request.signal, () => void bytes.return?.());
  try {
    const told = { ...options, ...sentSize(request) };
    const batches = embedBatches(bytes, () => store.load(model, variant, engine), services, told);
    return await streamRecords(batches, {
      writer: new RecordWriter(encoding, textFormat(request)),
      idle: limits.idle,
      finished: finish,
      sent: (records) => countWindows(streams, records),
    });
  } catch (thrown) {
    finish();
    throw thrown;
  }
}

declare const WebSocketPair: new () => { readonly 0: object; readonly 1: ServerSocket };

/** GET /v1/embeddings with `Upgrade: websocket`: the same records as messages; what fails comes as an error record. */
export function embeddingsSocket(request: Request, query: Texts, services: Services): Response {
  const { store, limits, choices, streams } = services;
  const { 0: client, 1: socket } = new WebSocketPair();
  socket.binaryType = "arraybuffer";
  const bytes = new SocketBytes(socket, limits);
  socket.addEventListener("close", () => void bytes.return());
  socket.accept();
  let finish = () => {};
  const open = () => {
    admitStream(services);
    const { model, variant, engine, encoding, options } = embeddingsRequest(query, "", choices);
    finish = begin(streams, request.signal, () => void bytes.return());
    const batches = embedBatches(bytes, () => store.load(model, variant, engine), services, options);
    return { batches, writer: new RecordWriter(encoding) };
  };
  void sendRecords(socket, open, (records) => countWindows(streams, records)).finally(() => finish());
  return new Response(null, { status: 101, webSocket: client } as ResponseInit);
}

/** As the request's Accept has it. */
export function textFormat(request: Request): TextStream {
  return request.headers.get("accept")?.includes("text/event-stream") === true ? serverSentEvents : ndjson;
}

export function admitStream({ streams, limits }: Services): void {
  admit(streams.active, limits.streams, "streams", "ask the operator to raise MAX_STREAMS");
}

export function countWindows(streams: Streams, records: readonly LiveRecord[]): void {
  streams.windows += records.filter(({ type }) => type === "window").length;
}
