import { OrcaError } from "../../src/errors.ts";
import type { Answers, BundleReply, BundleRequest } from "./protocol.ts";

/** The page's end of the worker that reads bundles and collections: one for each that is open. */
export class BundleClient {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>();
  #last = 0;

  /** @param address  of bundle-worker.js */
  constructor(address: string) {
    this.#worker = new Worker(address);
    this.#worker.onmessage = ({ data: { id, body } }: MessageEvent<BundleReply>) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if ("answer" in body) waiting?.resolve(body.answer as never);
      else {
        const { code, message, file, hint } = body.failure;
        const details = { ...(file === undefined ? {} : { field: file }), ...(hint === undefined ? {} : { hint }) };
        waiting?.reject(new OrcaError(code, message, details));
      }
    };
    this.#worker.onerror = ({ message }) => {
      for (const { reject } of this.#waiting.values()) {
        reject(new OrcaError("bundle_invalid", message, { hint: "Is the bundle larger than this device's memory?" }));
      }
      this.#waiting.clear();
    };
  }

  ask<Kind extends keyof Answers>(request: Extract<BundleRequest, { kind: Kind }>): Promise<Answers[Kind]> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as never, reject });
      this.#worker.postMessage({ id, body: request });
    });
  }

  /** Nothing that was asked is answered any more. */
  end(): void {
    this.#worker.terminate();
    this.#waiting.clear();
  }
}
