import type { DecodedPart, DecodeReply, DecodeRequest } from "./decode-worker.ts";
import type { Sound } from "./sound.ts";

/** Addresses of the worker and of the modules that it loads when they are needed. */
export interface Decoders {
  readonly worker: string;
  readonly modules: DecodeRequest["modules"];
}

/**
 * A recording decoded in a worker: it grows while it is, and `grown` is called. Resolves when there is something to hear,
 * with undefined where nothing is decoded.
 */
export function decodedSound(file: Blob, decoders: Decoders, grown: () => void): Promise<Sound | undefined> {
  const parts: (DecodedPart & { readonly from: number })[] = [];
  let length = 0;
  const rateOf = () => parts[0]?.rate ?? 1;
  const sound: Sound = {
    get rate() {
      return rateOf();
    },
    get seconds() {
      return length / rateOf();
    },
    async read(from, to) {
      const first = Math.max(0, Math.round(from * rateOf()));
      const out = new Float32Array(Math.max(0, Math.min(length, Math.round(to * rateOf())) - first));
      for (const { from: start, count, peak, samples } of parts) {
        const [low, high] = [Math.max(first, start), Math.min(first + out.length, start + count)];
        if (low >= high) continue;
        const values = new Int16Array(await samples.slice(2 * (low - start), 2 * (high - start)).arrayBuffer());
        for (let at = 0; at < values.length; at++) out[low - first + at] = ((values[at] as number) * peak) / 32767;
      }
      return out;
    },
  };
  const worker = new Worker(decoders.worker);
  return new Promise((resolve) => {
    worker.onmessage = ({ data }: MessageEvent<DecodeReply>) => {
      if ("end" in data) {
        worker.terminate();
        resolve(length === 0 ? undefined : sound);
      } else {
        parts.push({ ...data.part, from: length });
        length += data.part.count;
        resolve(sound);
      }
      grown();
    };
    worker.onerror = () => {
      worker.terminate();
      resolve(length === 0 ? undefined : sound);
    };
    worker.postMessage({ file, modules: decoders.modules } satisfies DecodeRequest);
  });
}
