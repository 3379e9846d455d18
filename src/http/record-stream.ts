import type { EmbedRecord } from "../embed/index.ts";
import { asOrcaError, OrcaError } from "../errors.ts";
import type { Encoding, ErrorRecord, TextStream } from "../output/index.ts";
import { orTimeout } from "./body.ts";
import { problemOf } from "./problem.ts";

export interface RecordStreamOptions {
  readonly format: TextStream;
  readonly encoding: Encoding;
  /** Milliseconds that the receiver may leave a record untaken. */
  readonly idle: number;
  /** Aborted when the receiver is gone. */
  readonly signal: AbortSignal;
  /** Keeps the runtime from dropping this work in the middle when the receiver is gone. */
  readonly keepAlive: (work: Promise<unknown>) => void;
  /** Called for each record that was taken. */
  readonly sent: (record: EmbedRecord) => void;
}

/**
 * Records as a response that is flushed record by record. The first record is awaited before the response begins, so
 * what is wrong with the start of the input still gets a status of its own; a later failure becomes the last record.
 */
export async function streamRecords(
  records: AsyncGenerator<EmbedRecord>,
  options: RecordStreamOptions,
): Promise<Response> {
  const first = await records.next();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  options.keepAlive(pump(records, first, writable.getWriter(), options));
  const headers = { "content-type": options.format.contentType, "cache-control": "no-store" };
  return new Response(readable, { headers });
}

async function pump(
  records: AsyncGenerator<EmbedRecord>,
  first: IteratorResult<EmbedRecord, unknown>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  { format, encoding, idle, signal, sent }: RecordStreamOptions,
): Promise<void> {
  const encoder = new TextEncoder();
  let bands = 0;
  const send = async (record: EmbedRecord | ErrorRecord) => {
    const text = format.write(record, encoding, bands);
    const taken = await orTimeout(
      writer.write(encoder.encode(text)).then(() => true),
      idle,
    );
    if (taken === undefined) throw new OrcaError("too_slow", `The receiver took nothing for ${idle / 1000} s.`);
    // workerd flushes when the event loop turns.
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  try {
    for (let result = first; !result.done && !signal.aborted; result = await records.next()) {
      if (result.value.type === "header") bands = result.value.spectrogram.bands;
      await send(result.value);
      sent(result.value);
    }
    await writer.close();
  } catch (thrown) {
    await fail(thrown, send, writer);
  } finally {
    await records.return(undefined).catch(() => undefined);
  }
}

async function fail(
  thrown: unknown,
  send: (record: ErrorRecord) => Promise<void>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  const { code, detail, byteOffset, hint } = problemOf(asOrcaError(thrown));
  try {
    await send({
      type: "error",
      code,
      message: detail,
      ...(byteOffset === undefined ? {} : { byteOffset }),
      ...(hint === undefined ? {} : { hint }),
    });
    await writer.close();
  } catch {
    // The receiver is gone: there is nobody to tell.
    await writer.abort(thrown).catch(() => undefined);
  }
}
