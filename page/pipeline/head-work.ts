import { TroubleError } from "../teller.ts";
import type {
  HeadReply,
  HeadRequest,
  Scored,
  ScoreRequest,
  Trained,
  TrainRequest,
  WriteRequest,
  Written,
} from "./protocol.ts";

/** Heads, each time in a worker of its own, which gives its memory back at the end; all reject with a TroubleError. */
export class HeadWork {
  readonly #address: string;
  readonly #kernels: string;

  /** @param address  of pipeline-worker.js @param kernels  of the kernels, whole */
  constructor(address: string, kernels: string) {
    this.#address = address;
    this.#kernels = kernels;
  }

  /** What a head says of embeddings, wherever they were made; they are given away. */
  async score(request: Omit<ScoreRequest["score"], "kernels">): Promise<Scored> {
    const given = request.rows.parts.map(({ buffer }) => buffer as ArrayBuffer);
    const reply = await this.#ask({ score: { ...request, kernels: this.#kernels } }, given);
    if (reply.kind !== "scored") throw unexpected();
    return reply.scored;
  }

  /** A head from labelled windows, which are given away. */
  async train(request: Omit<TrainRequest["train"], "kernels">): Promise<Trained> {
    const reply = await this.#ask({ train: { ...request, kernels: this.#kernels } }, [request.rows.buffer]);
    if (reply.kind !== "trained") throw unexpected();
    return reply.trained;
  }

  /** Events as a file. */
  async write(request: WriteRequest["write"]): Promise<Written> {
    const reply = await this.#ask({ write: request }, []);
    if (reply.kind !== "written") throw unexpected();
    return reply.written;
  }

  #ask(request: HeadRequest, given: ArrayBuffer[]): Promise<HeadReply> {
    const worker = new Worker(this.#address);
    return new Promise<HeadReply>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<HeadReply>) => {
        if (data.kind === "failure") reject(new TroubleError(data.trouble));
        else resolve(data);
      };
      worker.onerror = ({ message }) => reject(new TroubleError({ title: "The head cannot run", detail: message }));
      worker.postMessage(request, given);
    }).finally(() => worker.terminate());
  }
}

const unexpected = () =>
  new TroubleError({ title: "The head cannot run", detail: "The worker answered something else." });
