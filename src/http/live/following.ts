import { OrcaError } from "../../errors.ts";
import { embedLive } from "../../live/index.ts";
import type { Texts } from "../../options/index.ts";
import { type LiveRecord, RecordWriter } from "../../records/index.ts";
import { textFormat } from "../accepted.ts";
import { begin } from "../admission.ts";
import { admitStream, countedFor, countWindows } from "../embeddings.ts";
import { namedHeads } from "../heads.ts";
import { type LiveRequest, liveRequest } from "../options.ts";
import { recordHeaders, streamRecords } from "../record-stream.ts";
import type { Services } from "../services.ts";
import { acceptSocket, sendRecords } from "../sockets/index.ts";
import { usageOf } from "../usage.ts";
import { AudioMessages } from "./audio-messages.ts";

/** GET /v1/hydrophones/{name}/embeddings: records as text as the hydrophone publishes, until the listener leaves. */
export async function followHydrophone(
  request: Request,
  name: string,
  query: Texts,
  services: Services,
): Promise<Response> {
  const wanted = liveRequest(query, services.choices);
  if (wanted.audio) {
    throw new OrcaError("bad_option", "audio=1 is for a WebSocket; text has no place for sound.", {
      field: "audio",
      hint: "Ask with Upgrade: websocket, or leave audio= away.",
    });
  }
  if (request.method === "HEAD") {
    // It would wait for the hydrophone's next sound.
    services.live.find(name);
    return new Response(null, { headers: recordHeaders(textFormat(request)) });
  }
  const following = open(name, wanted, services, request, request.signal);
  try {
    return await streamRecords(following.batches, {
      writer: new RecordWriter(wanted.encoding, textFormat(request)),
      idle: services.limits.idle,
      beat: BEAT,
      requestId: usageOf(request).id,
      finished: following.finish,
      sent: (records) => countWindows(services.streams, records),
    });
  } catch (thrown) {
    following.finish();
    throw thrown;
  }
}

/** Milliseconds; a listener that left is noticed at the second beat. */
const BEAT = 2500;

/** The same over a WebSocket: records as text messages, and with `audio=1` the sound as binary ones, in step. */
export function followSocket(request: Request, name: string, query: Texts, services: Services): Response {
  const { connection, response } = acceptSocket(request, services.limits.idle);
  const sound = new AudioMessages((message) => void connection.send(message));
  let finish = () => {};
  const start = () => {
    const wanted = liveRequest(query, services.choices);
    const following = open(name, wanted, services, request, connection.gone, wanted.audio ? sound : undefined);
    finish = following.finish;
    return { batches: following.batches, writer: new RecordWriter(wanted.encoding) };
  };
  const before = (record: LiveRecord) => {
    if (record.type === "header") sound.begin();
    else if (record.type === "summary") sound.flush();
  };
  const sent = (records: readonly LiveRecord[]) => countWindows(services.streams, records);
  void sendRecords(connection, start, sent, before).finally(() => finish());
  return response;
}

/** Begins to follow; `finish` ends it, however it came to that. */
function open(
  name: string,
  { model, variant, engine, back, options, ...named }: LiveRequest,
  services: Services,
  request: Request,
  gone: AbortSignal,
  sound?: AudioMessages,
): { batches: AsyncGenerator<readonly LiveRecord[]>; finish: () => void } {
  const hydrophone = services.live.find(name);
  admitStream(services);
  const leaving = new AbortController();
  const end = begin(services, request, gone, () => leaving.abort());
  const { signal } = leaving;
  const events = services.live.follow(hydrophone, back, signal);
  const chosen = { ...options, signal, ...(sound === undefined ? {} : { heard: sound.heard }) };
  const load = () => services.store.load(model, variant, engine);
  async function* followed() {
    // A model that there is not is said at once, and not after the hydrophone's next sound.
    await services.store.entry(model);
    yield* embedLive(events, load, services, { ...chosen, ...(await namedHeads(services.store, named)) });
  }
  const batches = countedFor(request, services, followed());
  return {
    batches,
    finish() {
      leaving.abort();
      end();
    },
  };
}
