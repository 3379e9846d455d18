import type { LiveRecord } from "../../src/records/index.ts";
import { TroubleError } from "../teller.ts";
import type {
  HeadReply,
  HeadRequest,
  PipelineReply,
  PipelineRequest,
  Places,
  Scored,
  ScoreRequest,
  Trained,
  TrainRequest,
  WriteRequest,
  Written,
} from "./protocol.ts";

/** A recording on its way through a model. */
export interface Job {
  readonly file: Blob;
  readonly model: string;
  readonly query: Readonly<Record<string, string>>;
  readonly record: (record: LiveRecord) => void;
  /** Bytes that were used up. */
  readonly taken: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/** Workers that are kept at most: each holds the model for itself. */
const MOST_WORKERS = 4;

/** The pipeline in workers of the page: as many recordings at once as there are cores for. */
export class BrowserPipeline {
  readonly most = Math.max(1, Math.min(MOST_WORKERS, (navigator.hardwareConcurrency ?? 2) - 1));
  readonly #address: string;
  readonly #places: Places;
  readonly #idle: Worker[] = [];

  /** @param address  of pipeline-worker.js */
  constructor(address: string, places: Places) {
    this.#address = address;
    this.#places = places;
  }

  /** Whether this browser may: models are checked and kept by what only a secure context has. */
  get able(): boolean {
    return isSecureContext && typeof caches !== "undefined";
  }

  /** Rejects with a TroubleError; resolves early when the job's signal aborts. */
  run({ file, model, query, record, taken, signal }: Job): Promise<void> {
    const worker = this.#idle.pop() ?? new Worker(this.#address);
    return new Promise((resolve, reject) => {
      const leave = () => {
        // What it is at cannot be stopped in any other way; the next recording gets another.
        worker.terminate();
        resolve();
      };
      const done = () => {
        signal.removeEventListener("abort", leave);
        worker.onmessage = null;
        this.#idle.push(worker);
      };
      worker.onmessage = ({ data }: MessageEvent<PipelineReply>) => {
        if (data.kind === "records") for (const one of data.records) record(one);
        else if (data.kind === "taken") taken(data.bytes);
        else if (data.kind === "end") {
          done();
          resolve();
        } else {
          done();
          reject(new TroubleError(data.trouble));
        }
      };
      worker.onerror = ({ message }) => {
        worker.terminate();
        const hint = "It may have run out of memory: try it on the server, or with int8 weights.";
        reject(new TroubleError({ title: "The browser's own pipeline failed", detail: message, hint }));
      };
      signal.addEventListener("abort", leave, { once: true });
      worker.postMessage({ places: this.#places, file, query: { model, ...query } } satisfies PipelineRequest);
    });
  }

  /** What a head says of embeddings; they are given away. Rejects with a TroubleError, as the others do. */
  async score(request: Omit<ScoreRequest["score"], "kernels">): Promise<Scored> {
    const { kernels } = this.#places.modules;
    const given = request.rows.parts.map(({ buffer }) => buffer as ArrayBuffer);
    const reply = await this.#ask({ score: { ...request, kernels } }, given);
    if (reply.kind !== "scored") throw unexpected();
    return reply.scored;
  }

  /** A head from labelled windows, which are given away. */
  async train(request: Omit<TrainRequest["train"], "kernels">): Promise<Trained> {
    const { kernels } = this.#places.modules;
    const reply = await this.#ask({ train: { ...request, kernels } }, [request.rows.buffer]);
    if (reply.kind !== "trained") throw unexpected();
    return reply.trained;
  }

  async write(request: WriteRequest["write"]): Promise<Written> {
    const reply = await this.#ask({ write: request }, []);
    if (reply.kind !== "written") throw unexpected();
    return reply.written;
  }

  /** A worker of its own, which gives its memory back at the end. */
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

  /** Gives back the memory of workers that have nothing to do. */
  rest(): void {
    for (const worker of this.#idle.splice(1)) worker.terminate();
  }
}

const unexpected = () =>
  new TroubleError({ title: "The head cannot run", detail: "The worker answered something else." });
