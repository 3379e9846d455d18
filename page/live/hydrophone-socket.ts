import { asOrcaError } from "../../src/errors.ts";
import type { Hydrophone as Served } from "../../src/live/index.ts";
import type { HYDROPHONE, QueryOf } from "../../src/options/index.ts";
import { type LiveRecord, RecordReader } from "../../src/records/index.ts";
import { TroubleError, troubleOf } from "../teller.ts";

/** A hydrophone of the server, as GET /v1/hydrophones lists it. */
export type Hydrophone = Omit<Served, "source">;

export interface Receiver {
  record(record: LiveRecord): void;
  /** Mono samples, `rate` in Hz, that go on from those before; a header begins anew. */
  sound(samples: Int16Array<ArrayBuffer>, rate: number): void;
}

/** Bytes before the samples of a message: docs/live.md. */
const HEADER = 16;

/** The server's hydrophones; none where it has none, or does not answer. */
export async function hydrophones(): Promise<readonly Hydrophone[]> {
  try {
    const response = await fetch("v1/hydrophones");
    if (!response.ok) return [];
    return ((await response.json()) as { hydrophones: Hydrophone[] }).hydrophones;
  } catch {
    // Without them the page works; what is wrong with the server is said when a recording is sent.
    return [];
  }
}

/**
 * Listens to a hydrophone until it ends or `signal` aborts: its records, and its sound. Rejects with a
 * TroubleError.
 */
export function follow(name: string, model: string, receiver: Receiver, signal: AbortSignal): Promise<void> {
  const wanted: QueryOf<typeof HYDROPHONE> = { model, include: "scores,spectrogram", encoding: "base64", audio: "1" };
  const url = new URL(`v1/hydrophones/${name}/embeddings?${new URLSearchParams(wanted)}`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const reader = new RecordReader();
  return new Promise((resolve, reject) => {
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      const bytes = typeof data === "string" ? data.length : data.byteLength;
      if (typeof data !== "string")
        receiver.sound(new Int16Array(data, HEADER), new DataView(data).getUint32(12, true));
      else {
        try {
          receiver.record(reader.read(data));
        } catch (thrown) {
          reject(new TroubleError(troubleOf(asOrcaError(thrown))));
          socket.close();
          return;
        }
      }
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "taken", bytes }));
    };
    socket.onclose = ({ code }) => {
      if (signal.aborted || code === 1000) resolve();
      else {
        const detail = "The connection to the server broke while the hydrophone was followed.";
        const hint = "Is it still running, and can this device reach it? The windows so far are kept.";
        reject(new TroubleError({ title: "The connection broke", detail, hint }));
      }
    };
    signal.addEventListener("abort", () => {
      socket.close();
      resolve();
    });
  });
}
