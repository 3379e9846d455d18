import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { NamedWeights } from "../../../src/convert/readers/named-weights.ts";
import { namedWeights } from "../../../src/convert/readers/named-weights.ts";
import { memoryFile } from "../../../src/convert/readers/positioned-file.ts";
import { openSavedModel } from "../../../src/convert/readers/saved-model.ts";
import type { TensorStore } from "../../../src/convert/readers/tensor-store.ts";
import { openV1Checkpoint } from "../../../src/convert/readers/v1-checkpoint.ts";
import { seededTensor } from "../../../src/convert/seeded.ts";
import type { Weights } from "../../../src/convert/weights.ts";
import { OrcaError } from "../../../src/errors.ts";
import { catalogued } from "../../../src/models/catalogue.ts";
import type { ModelName } from "../../support/models.ts";
import { sharedPath } from "../../support/shared.ts";

/** The checkpoints that TensorFlow wrote with seeded weights at 1/8 width, and how many tensors the nets have. */
export const FIXTURES = [
  { name: "vggish_model_thin8.ckpt", model: "vggish", format: "v1-checkpoint", tensors: 18 },
  { name: "vggish_1_thin8", model: "vggish", format: "saved-model", tensors: 18 },
  { name: "yamnet_1_thin8", model: "yamnet", format: "saved-model", tensors: 110 },
  { name: "humpback_whale_1_thin8", model: "humpback", format: "saved-model", tensors: 217 },
] as const satisfies readonly { name: string; model: ModelName; format: string; tensors: number }[];

export const fixturePath = (name: string): string => sharedPath(`fixtures/${name}`);

/** Files of a checkpoint in memory, by their names. */
export type Files = Readonly<Record<string, Uint8Array>>;

const SHARD = "variables.data-00000-of-00001";

export async function loadFixture({ name, format }: (typeof FIXTURES)[number]): Promise<Files> {
  if (format === "v1-checkpoint") return { [name]: await readFile(fixturePath(name)) };
  const load = (file: string) => readFile(join(fixturePath(name), file));
  return {
    "saved_model.pb": await load("saved_model.pb"),
    "variables.index": await load("variables/variables.index"),
    [SHARD]: await load(`variables/${SHARD}`),
  };
}

/** Opens a checkpoint's files in memory, as openPublished does on disk. */
export async function openFiles(model: ModelName, files: Files): Promise<NamedWeights> {
  return namedWeights(catalogued(model), await storeOf(files));
}

export function storeOf(files: Files): Promise<TensorStore> {
  const file = (name: string) => memoryFile(name, files[name] ?? new Uint8Array(0));
  const { "saved_model.pb": graph, "variables.index": index } = files;
  if (index === undefined) return openV1Checkpoint(file(Object.keys(files)[0] ?? ""));
  return openSavedModel({
    ...(graph === undefined ? {} : { graph: file("saved_model.pb") }),
    index: file("variables.index"),
    openShard: async (number, count) => {
      const digits = (value: number) => String(value).padStart(5, "0");
      return file(`variables.data-${digits(number)}-of-${digits(count)}`);
    },
  });
}

/** Names of tensors that are not, bit for bit, what the seeds make at their own shapes. */
export async function unseededTensors(weights: Weights): Promise<string[]> {
  const bad: string[] = [];
  for (const name of weights.names) {
    const values = await weights.read(name);
    if (!sameBytes(values, seededTensor(name, weights.shape(name)))) bad.push(name);
  }
  return bad;
}

export function sameBytes(a: Float32Array, b: Float32Array): boolean {
  return Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
}

export function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

/** What a call is refused with; fails where it is not refused by an OrcaError. */
export async function refusal(call: () => unknown): Promise<OrcaError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof OrcaError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** A folder that goes away with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "orca-readers-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
