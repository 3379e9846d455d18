import type { DecodeReply, DecodeRequest } from "./decode.ts";
import { PartsSound } from "./parts-sound.ts";
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
  const sound = new PartsSound(1);
  const worker = new Worker(decoders.worker);
  return new Promise((resolve) => {
    const end = () => {
      worker.terminate();
      resolve(sound.seconds === 0 ? undefined : sound);
      grown();
    };
    worker.onmessage = ({ data }: MessageEvent<DecodeReply>) => {
      if ("end" in data) {
        end();
        return;
      }
      sound.rate = data.rate;
      sound.push(data.part);
      resolve(sound);
      grown();
    };
    worker.onerror = end;
    worker.postMessage({ file, modules: decoders.modules } satisfies DecodeRequest);
  });
}
