import { asOrcaError, OrcaError } from "../../errors.ts";
import { embedLive } from "../../live/index.ts";
import type { Texts } from "../../options/index.ts";
import { errorRecord, type LiveRecord, RecordWriter } from "../../records/index.ts";
import { begin } from "../admission.ts";
import { admitStream, countWindows, textFormat } from "../embeddings.ts";
import { type LiveRequest, liveRequest } from "../options.ts";
import type { ServerSocket } from "../record-socket.ts";
import { streamRecords } from "../record-stream.ts";
import type { Services } from "../services.ts";
import { AudioMessages } from "./audio-messages.ts";
import { Outbox } from "./outbox.ts";

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
  const leaving = new AbortController();
  const following = open(name, wanted, services, request, leaving);
  try {
    return await streamRecords(following.batches, {
      writer: new RecordWriter(wanted.encoding, textFormat(request)),
      idle: services.limits.idle,
      beat: BEAT,
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

declare const WebSocketPair: new () => { readonly 0: object; readonly 1: ServerSocket };

/** The same over a WebSocket: records as text messages, and with `audio=1` the sound as binary ones, in step. */
export function followSocket(request: Request, name: string, query: Texts, services: Services): Response {
  const { 0: client, 1: socket } = new WebSocketPair();
  socket.binaryType = "arraybuffer";
  const leaving = new AbortController();
  const outbox = new Outbox(socket, services.limits.idle, () => leaving.abort());
  socket.accept();
  const run = async () => {
    let finish = () => {};
    try {
      const wanted = liveRequest(query, services.choices);
      const sound = wanted.audio ? new AudioMessages((message) => void outbox.send(message)) : undefined;
      const following = open(name, wanted, services, request, leaving, sound);
      finish = following.finish;
      await sendAll(outbox, following.batches, wanted, services, sound);
    } catch (thrown) {
      await outbox.send(JSON.stringify(errorRecord(asOrcaError(thrown))));
    }
    finish();
    outbox.close(1000, "done");
  };
  void run();
  return new Response(null, { status: 101, webSocket: client } as ResponseInit);
}

/** Begins to follow; `finish` ends it, however it came to that. */
function open(
  name: string,
  { model, variant, engine, back, options }: LiveRequest,
  services: Services,
  request: Request,
  leaving: AbortController,
  sound?: AudioMessages,
): { batches: AsyncGenerator<readonly LiveRecord[]>; finish: () => void } {
  const hydrophone = services.live.find(name);
  admitStream(services);
  const end = begin(services.streams, request.signal, () => leaving.abort());
  const events = services.live.follow(hydrophone, back, leaving.signal);
  const chosen = sound === undefined ? options : { ...options, heard: sound.heard };
  const batches = embedLive(events, () => services.store.load(model, variant, engine), services, chosen);
  return {
    batches,
    finish() {
      leaving.abort();
      end();
    },
  };
}

async function sendAll(
  outbox: Outbox,
  batches: AsyncGenerator<readonly LiveRecord[]>,
  { encoding }: LiveRequest,
  { streams }: Services,
  sound: AudioMessages | undefined,
): Promise<void> {
  const writer = new RecordWriter(encoding);
  for await (const records of batches) {
    for (const record of records) {
      if (record.type === "header") sound?.begin();
      else if (record.type === "summary") sound?.flush();
      await outbox.send(writer.json(record));
    }
    countWindows(streams, records);
  }
}
