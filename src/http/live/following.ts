import type { EmbedOptions } from "../../embed/index.ts";
import { OrcaError } from "../../errors.ts";
import { embedLive, type Heard } from "../../live/index.ts";
import type { LoadedModel } from "../../models/index.ts";
import type { Texts } from "../../options/index.ts";
import { type LiveRecord, RecordWriter } from "../../records/index.ts";
import { textFormat } from "../accepted.ts";
import { begin, type Streams } from "../admission.ts";
import { admitStream, countedFor, countWindows } from "../embeddings.ts";
import { namedHeads } from "../heads.ts";
import { type LiveRequest, liveRequest } from "../options.ts";
import { recordHeaders, streamRecords } from "../record-stream.ts";
import type { Services } from "../services.ts";
import { acceptSocket, type Connection, sendRecords } from "../sockets/index.ts";
import { usageOf } from "../usage.ts";
import { AudioMessages } from "./audio-messages.ts";

/** What of the services listeners are served with. */
export type ListenerServices = Pick<Services, "choices" | "limits" | "clients" | "store">;

/** A hydrophone that is listened to. */
export interface Listened extends ListenerServices {
  /** Its streams are counted here. */
  readonly streams: Streams;
  /** Throws `not_found` where there is none, `busy` where it takes no more listeners. @param back  segments before the newest */
  admit(back: number): void;
  /** What is made of it from now on, until `signal` aborts. */
  records(
    load: () => Promise<LoadedModel>,
    options: EmbedOptions,
    back: number,
    signal: AbortSignal,
    heard?: Heard,
  ): AsyncGenerator<readonly LiveRecord[]>;
}

/** A hydrophone of the operator's list: each listener's records are made for himself. */
export function liveHydrophone(name: string, services: Services): Listened {
  const { choices, limits, clients, store, streams, live } = services;
  return {
    ...{ choices, limits, clients, store, streams },
    admit() {
      live.find(name);
      admitStream(services);
    },
    records(load, options, back, signal, heard) {
      const events = live.follow(live.find(name), back, signal);
      return embedLive(events, load, services, { ...options, signal, ...(heard === undefined ? {} : { heard }) });
    },
  };
}

/** GET /v1/hydrophones/{name}/embeddings: records as text as the hydrophone publishes, until the listener leaves. */
export async function followHydrophone(request: Request, query: Texts, hydrophone: Listened): Promise<Response> {
  const { choices, limits, streams } = hydrophone;
  const wanted = liveRequest(query, choices);
  if (wanted.audio) {
    throw new OrcaError("bad_option", "audio=1 is for a WebSocket; text has no place for sound.", {
      field: "audio",
      hint: "Ask with Upgrade: websocket, or leave audio= away.",
    });
  }
  if (request.method === "HEAD") {
    // It would wait for the hydrophone's next sound.
    hydrophone.admit(wanted.back);
    return new Response(null, { headers: recordHeaders(textFormat(request)) });
  }
  const following = open(wanted, hydrophone, request, request.signal);
  try {
    return await streamRecords(following.batches, {
      writer: new RecordWriter(wanted.encoding, textFormat(request)),
      idle: limits.idle,
      beat: BEAT,
      requestId: usageOf(request).id,
      finished: following.finish,
      sent: (records) => countWindows(streams, records),
    });
  } catch (thrown) {
    following.finish();
    throw thrown;
  }
}

/** Milliseconds; a listener that left is noticed at the second beat. */
const BEAT = 2500;

/** The same over a WebSocket: records as text messages, and with `audio=1` the sound as binary ones, in step. */
export function followSocket(request: Request, query: Texts, hydrophone: Listened): Response {
  const { connection, response } = acceptSocket(request, hydrophone.limits.idle);
  followConnection(connection, request, query, hydrophone);
  return response;
}

/** The same, where the WebSocket was taken already. */
export function followConnection(connection: Connection, request: Request, query: Texts, hydrophone: Listened): void {
  const sound = new AudioMessages((message) => void connection.send(message));
  let finish = () => {};
  const start = () => {
    const wanted = liveRequest(query, hydrophone.choices);
    const following = open(wanted, hydrophone, request, connection.gone, wanted.audio ? sound : undefined);
    finish = following.finish;
    return { batches: following.batches, writer: new RecordWriter(wanted.encoding) };
  };
  const before = (record: LiveRecord) => {
    if (record.type === "header") sound.begin();
    else if (record.type === "summary") sound.flush();
  };
  const sent = (records: readonly LiveRecord[]) => countWindows(hydrophone.streams, records);
  void sendRecords(connection, start, sent, before).finally(() => finish());
}

/** Begins to follow; `finish` ends it, however it came to that. */
function open(
  { model, variant, engine, back, options, ...named }: LiveRequest,
  hydrophone: Listened,
  request: Request,
  gone: AbortSignal,
  sound?: AudioMessages,
): { batches: AsyncGenerator<readonly LiveRecord[]>; finish: () => void } {
  hydrophone.admit(back);
  const leaving = new AbortController();
  const end = begin(hydrophone, request, gone, () => leaving.abort());
  const { signal } = leaving;
  const { store } = hydrophone;
  async function* followed() {
    // A model that there is not is said at once, and not after the hydrophone's next sound.
    await store.entry(model);
    const chosen = { ...options, ...(await namedHeads(store, named)) };
    yield* hydrophone.records(() => store.load(model, variant, engine), chosen, back, signal, sound?.heard);
  }
  const batches = countedFor(request, hydrophone, followed());
  return {
    batches,
    finish() {
      leaving.abort();
      end();
    },
  };
}
