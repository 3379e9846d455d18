/** The library in Node: as src/index.ts, with the kernels and the models of this package at hand. */
import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { lookBehindFile } from "./audio/behind.node.ts";
import { type Audio, type Extracting, extract as extractWith, type ResultOptions, type Runtime } from "./extract.ts";
import { type FollowingOptions, follow as followWith } from "./follow.ts";
import type { LiveRecord } from "./records/index.ts";
import { nodeRuntime } from "./runtime.node.ts";

export * from "./index.ts";
export { nodeRuntime } from "./runtime.node.ts";

let shared: Promise<Runtime> | undefined;

function own(): Promise<Runtime> {
  shared ??= nodeRuntime();
  return shared;
}

/** In Node what is left out is the package's own: its kernels, and the models in its folder (`nodeRuntime()`). */
export interface ExtractOptions extends ResultOptions {
  readonly runtime?: Runtime;
}

/**
 * Embeddings of a recording, for example `await extract("call.wav", "humpback").result()` or
 * `for await (const record of extract(stream, "yamnet"))`.
 * @param audio  a path, bytes, a stream of bytes, or samples
 */
export function extract(audio: Audio | string, model: string, options: ExtractOptions = {}): Extracting {
  const start = async () => {
    const all = { ...options, runtime: options.runtime ?? (await own()) };
    if (typeof audio !== "string") return extractWith(audio, model, all);
    // Its name, and for an orcanode's segments its folder, may say when it began.
    const known = { file: resolve(audio), ...(await lookBehindFile(audio)) };
    return extractWith(createReadStream(audio), model, { ...known, ...all });
  };
  return {
    async *[Symbol.asyncIterator]() {
      yield* await start();
    },
    result: async () => (await start()).result(),
  };
}

/** Embeddings of a live hydrophone as it publishes; see src/follow.ts. */
export async function* follow(
  address: string,
  model: string,
  options: Omit<FollowingOptions, "runtime"> & { readonly runtime?: Runtime } = {},
): AsyncGenerator<LiveRecord> {
  yield* followWith(address, model, { ...options, runtime: options.runtime ?? (await own()) });
}
