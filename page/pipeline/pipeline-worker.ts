/** The whole pipeline beside the page: a recording's bytes in, records out, by the same code as the Worker's and the same kernels. */
import { CODECS, type Codec, lookBehind, type ReadingModules } from "../../src/audio/index.ts";
import { embedBatches } from "../../src/embed/index.ts";
import { asOrcaError, OrcaError } from "../../src/errors.ts";
import { ModelStore } from "../../src/models/index.ts";
import { kernelsEngine } from "../../src/nn/index.ts";
import {
  ANY_CHOICE,
  chosenEngine,
  EMBEDDINGS,
  embedOptions,
  readOptions,
  type Words,
} from "../../src/options/index.ts";
import type { EmbedRecord } from "../../src/records/index.ts";
import { type DecodeReply, type DecodeRequest, decodeFile } from "../audio/decode.ts";
import { troubleOf } from "../teller.ts";
import { answerAboutHeads } from "./heads.ts";
import { cachedSource } from "./model-cache.ts";
import type { HeadReply, HeadRequest, PipelineReply, PipelineRequest, Places } from "./protocol.ts";

const port = self as unknown as {
  postMessage(message: PipelineReply | DecodeReply | HeadReply): void;
  onmessage: (event: MessageEvent<PipelineRequest | DecodeRequest | HeadRequest>) => void;
};

/** Bytes that are read at a time. */
const STEP = 256 * 1024;

const WORDS: Words = {
  said: (name, text) => `${name} ${JSON.stringify(text)}`,
  bare: (name) => name,
  unfit: ({ name }, text, issue) =>
    new OrcaError("bad_option", `${name} ${JSON.stringify(text)} cannot be used: ${issue}.`, { field: name }),
};

/** Made at the first recording and kept: this worker's modules and models. */
let runtime: Promise<ReadingModules & { readonly store: ModelStore }> | undefined;

async function runtimeOf({ modules, models }: Places): Promise<ReadingModules & { readonly store: ModelStore }> {
  const compile = (name: keyof Places["modules"]) => WebAssembly.compileStreaming(fetch(modules[name]));
  const kernels = await compile("kernels");
  const codecs = Object.fromEntries(
    await Promise.all(CODECS.map(async (name: Codec) => [name, await compile(name)] as const)),
  );
  const engine = kernelsEngine({ relaxed: () => compile("nn-relaxed"), simd: () => compile("nn-simd") });
  return { kernels, codecs, store: new ModelStore(cachedSource(models), engine) };
}

port.onmessage = async ({ data }) => {
  if ("places" in data) await run(data);
  else if ("score" in data || "train" in data || "write" in data) port.postMessage(await answerAboutHeads(data));
  else await decodeFile(data, (reply) => port.postMessage(reply));
};

async function run({ places, file, query }: PipelineRequest): Promise<void> {
  try {
    runtime ??= runtimeOf(places);
    const modules = await runtime;
    const values = readOptions(EMBEDDINGS, query, WORDS);
    const options = { ...embedOptions(EMBEDDINGS, values), ...(await lookBehind(randomAccess(file))) };
    const load = () =>
      modules.store.load(values.model, values.variant ?? ANY_CHOICE.variant, chosenEngine(values.engine, ANY_CHOICE));
    for await (const records of embedBatches(bytesOf(file), load, modules, options)) {
      const own = records.map(withOwnArrays);
      port.postMessage({ kind: "records", records: own });
    }
    port.postMessage({ kind: "end" });
  } catch (thrown) {
    runtime?.catch(() => {
      // A module that could not be fetched may be there the next time.
      runtime = undefined;
    });
    port.postMessage({ kind: "failure", trouble: troubleOf(asOrcaError(thrown)) });
  }
}

/** A view would be sent with all of the memory that it is a view of. */
function withOwnArrays(record: EmbedRecord): EmbedRecord {
  if (record.type !== "window") return record;
  const { embedding, scores, spectrogram } = record;
  return {
    ...record,
    embedding: embedding.slice(),
    ...(scores === undefined ? {} : { scores: scores.slice() }),
    ...(spectrogram === undefined ? {} : { spectrogram: spectrogram.slice() }),
  };
}

async function* bytesOf(file: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; at += STEP) {
    const bytes = new Uint8Array(await file.slice(at, at + STEP).arrayBuffer());
    yield bytes;
    port.postMessage({ kind: "taken", bytes: bytes.length });
  }
}

const randomAccess = (file: Blob) => ({
  size: file.size,
  read: async (at: number, length: number) => new Uint8Array(await file.slice(at, at + length).arrayBuffer()),
});
