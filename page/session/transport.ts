import { asOrcaError } from "../../src/errors.ts";
import type { EMBEDDINGS, QueryOf } from "../../src/options/index.ts";
import { type LiveRecord, RecordReader } from "../../src/records/index.ts";
import { type Trouble, TroubleError, troubleOf } from "../teller.ts";

export interface Sending {
  readonly model: string;
  /** Further options of the query: raw PCM's layout. */
  readonly query?: QueryOf<typeof EMBEDDINGS>;
  readonly chunks: AsyncIterator<Uint8Array<ArrayBuffer>>;
  /** Bytes that the server has used. */
  readonly taken: (bytes: number) => void;
  readonly record: (record: LiveRecord) => void;
  readonly signal: AbortSignal;
}

/** Bytes under way; what the server has not taken waits with it. */
const AHEAD = 512 * 1024;

/**
 * Streams a recording to the Worker and its records back, both at once. Over a WebSocket, because over HTTP/1.1 a browser
 * reads no answer while it sends a body, and a long recording would wait for ever (docs/page.md).
 * Rejects with a TroubleError; resolves early when `signal` aborts.
 */
export function embed({ model, query = {}, chunks, taken, record, signal }: Sending): Promise<void> {
  const wanted = { model, include: "scores,spectrogram", encoding: "base64", ...query } satisfies typeof query;
  const parameters = new URLSearchParams(wanted);
  const url = new URL(`v1/embeddings?${parameters}`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const socket = new WebSocket(url);
  const reader = new RecordReader();
  let [waiting, sending, opened] = [0, false, false];
  return new Promise((resolve, reject) => {
    const fail = (trouble: Trouble) => {
      reject(new TroubleError(trouble));
      socket.close();
    };
    const send = async () => {
      if (sending) return;
      sending = true;
      while (waiting < AHEAD && socket.readyState === WebSocket.OPEN) {
        const { done, value } = await chunks.next();
        if (socket.readyState !== WebSocket.OPEN) break;
        if (done === true) {
          socket.send("end");
          return;
        }
        socket.send(value);
        waiting += value.length;
      }
      sending = false;
    };
    const go = () => {
      send().catch((thrown: unknown) =>
        fail({
          title: "The recording cannot be read",
          detail: thrown instanceof Error ? thrown.message : String(thrown),
        }),
      );
    };
    socket.onopen = () => {
      opened = true;
      go();
    };
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      const message = JSON.parse(data) as { type: string; bytes: number };
      if (message.type === "taken") {
        waiting -= message.bytes;
        taken(message.bytes);
        go();
        return;
      }
      try {
        record(reader.take(message));
        if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "taken", bytes: data.length }));
      } catch (thrown) {
        fail(troubleOf(asOrcaError(thrown)));
      }
    };
    socket.onclose = ({ code }) => {
      if (signal.aborted || code === 1000) resolve();
      else
        fail({
          title: opened ? "The connection broke" : "The server does not answer",
          detail: opened
            ? "The connection to the server ended before the recording did."
            : `Nothing took the call at ${url.host}.`,
          hint: "Is it still running, and can this device reach it? The windows so far are kept.",
        });
    };
    signal.addEventListener("abort", () => {
      socket.close();
      resolve();
    });
  });
}

/** The bytes of a file, a little at a time. */
export async function* pieces(file: Blob): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const step = 128 * 1024;
  for (let at = 0; at < file.size; at += step) yield new Uint8Array(await file.slice(at, at + step).arrayBuffer());
}
