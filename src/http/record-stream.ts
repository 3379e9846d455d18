import { asOrcaError, OrcaError } from "../errors.ts";
import { joinBytes } from "../join.ts";
import { type AnyRecord, errorRecord, type LiveRecord, type RecordWriter } from "../records/index.ts";
import { Awaited } from "./awaited.ts";
import { IdleWatch } from "./idle-watch.ts";

export interface RecordStreamOptions {
  readonly writer: RecordWriter;
  /** Milliseconds that the receiver may leave what is ready untaken. */
  readonly idle: number;
  /**
   * Milliseconds without a record after which something is sent that says nothing. workerd learns only by writing that the
   * receiver has left; where the records come from a body, its end tells.
   */
  readonly beat?: number;
  /** Called for the records that were handed on. */
  readonly sent: (records: readonly LiveRecord[]) => void;
  /** Called once, when all is over, however it ended. */
  readonly finished: () => void;
}

/**
 * Records as a response, made when the receiver has room for them; what is ready at one moment is flushed as one chunk,
 * because each chunk costs the runtime objects that it collects late. The first record is awaited before the response
 * begins, so what is wrong with the start of the input still gets a status of its own; a later failure becomes the last
 * record.
 */
export async function streamRecords(
  batches: AsyncGenerator<readonly LiveRecord[]>,
  { writer, idle, beat, sent, finished }: RecordStreamOptions,
): Promise<Response> {
  const encoder = new TextEncoder();
  const first = batches.next();
  let next: Awaited<IteratorResult<readonly LiveRecord[], unknown>> | undefined = new Awaited(first);
  await first;
  const write = (records: readonly AnyRecord[]) =>
    joinBytes(records.map((record) => encoder.encode(writer.write(record))));
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
          void batches.return(undefined);
        };
      },
      async pull(controller) {
        watch.moved();
        try {
          next ??= new Awaited(batches.next());
          if (beat !== undefined && !(await next.within(beat))) {
            controller.enqueue(encoder.encode(writer.text.nothing));
            watch.waiting();
            return;
          }
          const { done, value } = await next.promise;
          next = undefined;
          if (done) {
            end();
            controller.close();
            return;
          }
          controller.enqueue(write(value));
          sent(value);
        } catch (thrown) {
          end();
          controller.enqueue(write([errorRecord(asOrcaError(thrown))]));
          controller.close();
          return;
        }
        watch.waiting();
      },
      async cancel() {
        end();
        await batches.return(undefined).catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
  const headers = { "content-type": writer.text.contentType, "cache-control": "no-store" };
  return new Response(body, { headers });
}
