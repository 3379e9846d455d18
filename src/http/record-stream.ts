import { asOrcaError, OrcaError } from "../errors.ts";
import { joinBytes } from "../join.ts";
import { type AnyRecord, errorRecord, type LiveRecord, type RecordWriter, type TextStream } from "../records/index.ts";
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
  /**
   * Takes what the sender still sends and drops it, until he has sent all. Many clients read only then; without it they would
   * wait for the server, and it for them.
   */
  readonly hearOut?: () => Promise<void>;
  /** Said in an error record, so that its reader and the log's speak of the same. */
  readonly requestId: string;
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
  { writer, idle, beat, hearOut, requestId, sent, finished }: RecordStreamOptions,
): Promise<Response> {
  const encoder = new TextEncoder();
  const first = batches.next();
  let next: Awaited<IteratorResult<readonly LiveRecord[], unknown>> | undefined = new Awaited(first);
  await first;
  const write = (records: readonly AnyRecord[]) =>
    joinBytes(records.map((record) => encoder.encode(writer.write(record))));
  let last: ReturnType<typeof setTimeout> | undefined;
  const end = () => {
    watch.end();
    clearTimeout(last);
    finished();
  };
  let expire: (reason: OrcaError) => void = () => undefined;
  const watch = new IdleWatch(idle, () => expire(notTaken(idle)));
  /** What is said when the receiver takes something again. */
  let expired: OrcaError | undefined;
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        expire = (reason) => {
          expired = reason;
          const give = () => {
            end();
            controller.error(reason);
          };
          const heard = hearOut?.();
          void batches.return(undefined);
          // When all is sent he has the idle time once more to read what went wrong.
          const wait = () => {
            last = setTimeout(give, idle);
          };
          if (heard === undefined) give();
          else void heard.then(wait, give);
        };
      },
      async pull(controller) {
        watch.moved();
        if (expired !== undefined) {
          end();
          controller.enqueue(write([errorRecord(expired, requestId)]));
          controller.close();
          return;
        }
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
          controller.enqueue(write([errorRecord(asOrcaError(thrown), requestId)]));
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
  return new Response(body, { headers: recordHeaders(writer.text) });
}

function notTaken(idle: number): OrcaError {
  return new OrcaError("too_slow", `Nothing of the answer was taken for ${idle / 1000} s.`, {
    hint: "Read the answer while you send, as curl -N does, or send the recording in shorter parts.",
  });
}

/** The headers of an answer that streams records. */
export function recordHeaders(format: TextStream): Record<string, string> {
  // Of proxies: nginx would hold lines back until its buffer is full.
  return { "content-type": format.contentType, "cache-control": "no-store", "x-accel-buffering": "no" };
}
