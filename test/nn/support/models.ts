import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Graph } from "../../../src/convert/graph.ts";
import { writeOnnx } from "../../../src/convert/onnx-writer.ts";
import { type PackedModel, packModel } from "../../../src/convert/pack/pack-model.ts";
import { seededModel } from "../../../src/convert/seeded-models.ts";
import type { NetContract, Session } from "../../../src/engines/index.ts";
import { catalogued } from "../../../src/models/catalogue.ts";
import { folderSource } from "../../../src/models/folder-source.node.ts";
import { ModelStore } from "../../../src/models/index.ts";
import { kernelsEngine, type Variant } from "../../../src/nn/index.ts";
import type { KernelModules } from "../../../src/nn/module.ts";
import { referenceFolder } from "../../support/test-models.ts";

function compiled(name: string): WebAssembly.Module {
  const path = fileURLToPath(new URL(`../../../build/nn-${name}.wasm`, import.meta.url));
  return new WebAssembly.Module(readFileSync(path));
}

/** Both builds of the kernels, as npm test makes them. */
export const modules: Required<KernelModules> = { relaxed: compiled("relaxed"), simd: compiled("simd") };

export type NetName = "yamnet" | "vggish" | "humpback";
export const NET_NAMES: readonly NetName[] = ["yamnet", "vggish", "humpback"];

export async function onnxBytes(graph: Graph): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of writeOnnx(graph)) parts.push(part.slice());
  return Buffer.concat(parts);
}

/** A net with seeded weights at `1 / thin` of its width, as .onnx. */
export function seededOnnx(name: NetName, thin = 1): Promise<Uint8Array> {
  const model = catalogued(name);
  return onnxBytes(model.graph(seededModel(model, thin)));
}

export async function* parts(model: PackedModel): AsyncGenerator<Uint8Array> {
  yield* model.parts;
}

/** What a packed model takes and gives. */
export function contractOf({ header }: PackedModel): NetContract {
  const outputs = header.outputs.map(({ name, pixels, channels }) => ({ name, shape: [pixels * channels] }));
  return { input: { name: "window", shape: header.window }, outputs };
}

/** A session whose answers have names that tests can write. */
export interface NamedSession extends Omit<Session, "run"> {
  run(windows: readonly Float32Array[]): NamedOutputs;
}

export interface NamedOutputs {
  readonly embedding: Float32Array<ArrayBuffer>;
  readonly scores: Float32Array<ArrayBuffer> | undefined;
}

/** The kernels' sessions, and onnxruntime-web's, answer at once. */
export function named(session: Session): NamedSession {
  return {
    contract: session.contract,
    batch: session.batch,
    get memory() {
      return session.memory;
    },
    run(windows) {
      const outputs = session.run(windows);
      if (outputs instanceof Promise) throw new Error("the session answers later");
      const embedding = outputs.get("embedding");
      if (embedding === undefined) throw new Error("the session gave no embedding");
      return { embedding, scores: outputs.get("scores") };
    },
  };
}

export async function sessionFor(
  onnx: Uint8Array,
  variant: Variant,
  with_: KernelModules = modules,
): Promise<NamedSession> {
  const model = await packModel(onnx, variant, with_);
  return named(await kernelsEngine(with_).load({ length: model.length, chunks: parts(model) }, contractOf(model)));
}

/**
 * A session of the tests' models, built and packed once for all tests: YAMNet of its published weights where they are at hand,
 * the others of seeded ones.
 */
export async function builtSession(
  net: NetName,
  variant: Variant,
  with_: KernelModules = modules,
): Promise<NamedSession> {
  const store = new ModelStore(folderSource(referenceFolder), kernelsEngine(with_));
  return named((await store.load(net, variant)).session);
}
