/** The library in Node: as src/index.ts, with the kernels and the models of this package at hand. */
import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { lookBehindFile } from "./audio/behind.node.ts";
import { type Audio, type Extracting, type ExtractOptions, extract as extractWith } from "./extract.ts";
import { nodeRuntime, type Runtime } from "./runtime.node.ts";

export * from "./index.ts";
export { nodeRuntime, type Runtime } from "./runtime.node.ts";

let shared: Promise<Runtime> | undefined;

/**
 * Embeddings of a recording, for example `await extract("call.wav", "humpback").result()` or
 * `for await (const record of extract(stream, "yamnet"))`.
 * @param audio  a path, bytes, a stream of bytes, or samples
 */
export function extract(audio: Audio | string, model: string, options: ExtractOptions = {}): Extracting {
  const start = async () => {
    shared ??= nodeRuntime();
    if (typeof audio !== "string") return extractWith(audio, model, await shared, options);
    // Its name, and for an orcanode's segments its folder, may say when it began.
    const known = { file: resolve(audio), ...(await lookBehindFile(audio)) };
    return extractWith(createReadStream(audio), model, await shared, { ...known, ...options });
  };
  return {
    async *[Symbol.asyncIterator]() {
      yield* await start();
    },
    result: async () => (await start()).result(),
  };
}
