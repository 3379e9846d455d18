import { OrcaError } from "../errors.ts";
import { Turn } from "../turns.ts";
import { IdleWatch } from "./idle-watch.ts";

/**
 * Bytes as a stream that makes them as they are taken. The first piece is awaited here, so that what is wrong before it
 * still gets a status of its own; a later failure breaks the stream.
 * @param idle  milliseconds that the receiver may leave a piece untaken
 * @param finished  called when all is over, however it ended
 */
export async function byteStream(
  pieces: AsyncGenerator<Uint8Array>,
  idle: number,
  finished: () => void,
): Promise<ReadableStream<Uint8Array>> {
  let next: IteratorResult<Uint8Array, unknown> | undefined = await pieces.next();
  const turn = new Turn();
  let expire: () => void = () => undefined;
  const watch = new IdleWatch(idle, () => expire());
  const end = () => {
    watch.end();
    turn.end();
    finished();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        expire = () => {
          end();
          controller.error(new OrcaError("too_slow", "The receiver took nothing."));
          void pieces.return(undefined);
        };
      },
      async pull(controller) {
        watch.moved();
        try {
          await turn.step();
          const { done, value } = next ?? (await pieces.next());
          next = undefined;
          if (done) {
            end();
            controller.close();
            return;
          }
          controller.enqueue(value);
        } catch (thrown) {
          end();
          controller.error(thrown);
          return;
        }
        watch.waiting();
      },
      async cancel() {
        end();
        await pieces.return(undefined).catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
