import type { LiveRecord } from "../../src/records/index.ts";
import { TroubleError } from "../teller.ts";
import type { PipelineReply, PipelineRequest, Places } from "./protocol.ts";

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

  /** Gives back the memory of workers that have nothing to do. */
  rest(): void {
    for (const worker of this.#idle.splice(1)) worker.terminate();
  }
}
