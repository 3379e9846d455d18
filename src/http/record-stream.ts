import type { EmbedRecord } from "../embed/index.ts";
import { asOrcaError, OrcaError } from "../errors.ts";
import type { Encoding, ErrorRecord, TextStream } from "../output/index.ts";
import { IdleWatch } from "./idle-watch.ts";
import { problemOf } from "./problem.ts";

export interface RecordStreamOptions {
  readonly format: TextStream;
  readonly encoding: Encoding;
  /** Milliseconds that the receiver may leave a record untaken. */
  readonly idle: number;
  /** Called for each record that was handed on. */
  readonly sent: (record: EmbedRecord) => void;
  /** Called once, when all is over, however it ended. */
  readonly finished: () => void;
}

/**
 * Records as a response that is flushed record by record, made when the receiver has room for them. The first record is
 * awaited before the response begins, so what is wrong with the start of the input still gets a status of its own; a
 * later failure becomes the last record.
 */
export async function streamRecords(
  records: AsyncGenerator<EmbedRecord>,
  { format, encoding, idle, sent, finished }: RecordStreamOptions,
): Promise<Response> {
  const encoder = new TextEncoder();
  let bands = 0;
  let next: IteratorResult<EmbedRecord, unknown> | undefined = await records.next();
  const write = (record: EmbedRecord | ErrorRecord) => encoder.encode(format.write(record, encoding, bands));
  const end = () => {
    watch.end();
    finished();
  };
  let expire: (reason: OrcaError) => void = () => undefined;
  const watch = new IdleWatch(idle, () => expire(new OrcaError("too_slow", "The receiver took nothing.")));
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        expire = (reason) => {
          end();
          controller.error(reason);
          void records.return(undefined);
        };
      },
      async pull(controller) {
        watch.moved();
        try {
          const { done, value } = next ?? (await records.next());
          next = undefined;
          if (done) {
            end();
            controller.close();
            return;
          }
          if (value.type === "header") bands = value.spectrogram.bands;
          controller.enqueue(write(value));
          sent(value);
        } catch (thrown) {
          end();
          controller.enqueue(write(errorRecord(thrown)));
          controller.close();
          return;
        }
        watch.waiting();
      },
      async cancel() {
        end();
        await records.return(undefined).catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
  const headers = { "content-type": format.contentType, "cache-control": "no-store" };
  return new Response(body, { headers });
}

function errorRecord(thrown: unknown): ErrorRecord {
  const { code, detail, byteOffset, hint } = problemOf(asOrcaError(thrown));
  return {
    type: "error",
    code,
    message: detail,
    ...(byteOffset === undefined ? {} : { byteOffset }),
    ...(hint === undefined ? {} : { hint }),
  };
}
