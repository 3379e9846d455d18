import { OrcaError } from "../errors.ts";
import { type ModelName, unpackVggishPca, type VggishPca } from "../models/index.ts";
import type { Engine, Session } from "./engine.ts";
import {
  MANIFEST_FILE,
  type Manifest,
  type ManifestFile,
  type ManifestModel,
  type ManifestVariant,
  parseManifest,
} from "./manifest.ts";
import type { ModelSource } from "./model-source.ts";

/** A model ready to run, and what it is. */
export interface LoadedModel {
  readonly entry: ManifestModel;
  readonly variantName: string;
  readonly variant: ManifestVariant;
  readonly session: Session;
  /** The engine's name and version. */
  readonly engine: string;
  /** VGGish's PCA, read when it is first asked for. Throws `models_missing` where the model has none. */
  readPca(): Promise<VggishPca>;
}

/** What a waiter sees of a load that another request has begun. */
interface Loading {
  lastProgress: number;
  loaded: LoadedModel | undefined;
  failure: unknown;
}

/** A load that has not moved for this long (ms) was given up with its request: the next waiter starts anew. */
const STALLED_AFTER = 10_000;
const POLL_EVERY = 20;

const BUILD_HINT = "Build the models first: npm run models";
const PCA_HINT =
  "It is published beside the weights: fetch https://storage.googleapis.com/audioset/vggish_pca_params.npz and convert VGGish with --pca vggish_pca_params.npz.";

/**
 * The models of one process or isolate: the manifest once, one session a model and variant. Requests that want the
 * same model at the same time wait for one load. They poll instead of sharing a promise, because in workerd a promise
 * that belongs to a request dies with it.
 */
export class ModelStore {
  readonly engine: Engine;
  readonly #source: ModelSource;
  readonly #loading = new Map<string, Loading>();
  #manifest: Manifest | undefined;
  #pca: VggishPca | undefined;

  constructor(source: ModelSource, engine: Engine) {
    this.#source = source;
    this.engine = engine;
  }

  /** Throws `models_missing` where there is none, `model_damaged` where it is wrong. */
  async manifest(): Promise<Manifest> {
    if (this.#manifest === undefined) {
      const bytes = await this.#source.read(MANIFEST_FILE);
      if (bytes === undefined) {
        throw new OrcaError("models_missing", `There is no ${MANIFEST_FILE} in the ${this.#source.name}.`, {
          hint: BUILD_HINT,
        });
      }
      this.#manifest = parseManifest(new TextDecoder().decode(bytes));
    }
    return this.#manifest;
  }

  /** The models that are in memory. */
  loaded(): LoadedModel[] {
    return [...this.#loading.values()].flatMap(({ loaded }) => (loaded === undefined ? [] : [loaded]));
  }

  /** The session of a model, loaded at the first call. */
  async load(name: ModelName, variantName: string): Promise<LoadedModel> {
    const key = `${name}/${variantName}`;
    for (let loading = this.#loading.get(key); loading !== undefined; ) {
      if (loading.loaded !== undefined) return loading.loaded;
      if (loading.failure !== undefined) throw loading.failure;
      if (Date.now() - loading.lastProgress <= STALLED_AFTER) {
        await new Promise((resolve) => setTimeout(resolve, POLL_EVERY));
        continue;
      }
      // Of those who wait for a stalled load one starts anew; the others wait for that one.
      const newest = this.#loading.get(key);
      if (newest === loading) break;
      loading = newest;
    }
    const mine: Loading = { lastProgress: Date.now(), loaded: undefined, failure: undefined };
    this.#loading.set(key, mine);
    try {
      mine.loaded = await this.#load(name, variantName, mine);
      return mine.loaded;
    } catch (thrown) {
      // Those who wait are told; the next request tries again.
      mine.failure = thrown;
      if (this.#loading.get(key) === mine) this.#loading.delete(key);
      throw thrown;
    }
  }

  async #load(name: ModelName, variantName: string, progress: Loading): Promise<LoadedModel> {
    const manifest = await this.manifest();
    const entry = manifest.models.find((model) => model.name === name);
    if (entry === undefined) {
      throw new OrcaError("models_missing", `The model ${name} is not in the ${this.#source.name}.`, {
        hint: BUILD_HINT,
      });
    }
    const variant = Object.hasOwn(entry.variants, variantName) ? entry.variants[variantName] : undefined;
    if (variant === undefined) {
      throw new OrcaError("unknown_variant", `The model ${name} has no variant ${JSON.stringify(variantName)}.`, {
        field: "variant",
        hint: `There is: ${Object.keys(entry.variants).join(", ")}.`,
      });
    }
    const [frames, bands] = entry.input.slice(-2) as [number, number];
    const shape = { window: [frames, bands] as const, embedding: entry.embedding, scores: entry.scores };
    const bytes = { length: variant.ort.bytes, chunks: this.#pieces(variant, progress) };
    const session = await this.engine.load(bytes, shape);
    const readPca = () => this.#readPca(entry);
    return { entry, variantName, variant, session, engine: this.engine.name, readPca };
  }

  async #readPca({ name, weights, pca }: ManifestModel): Promise<VggishPca> {
    if (this.#pca !== undefined) return this.#pca;
    if (pca === undefined) {
      const what = `There is no PCA for this ${name} of ${weights} weights in the ${this.#source.name}.`;
      throw new OrcaError("models_missing", what, { field: "postprocess", hint: PCA_HINT });
    }
    this.#pca = unpackVggishPca(await this.#read(pca));
    return this.#pca;
  }

  async *#pieces(variant: ManifestVariant, progress: Loading): AsyncGenerator<Uint8Array> {
    // One more than the longest piece, so that a file that is too long shows.
    let room = new ArrayBuffer(1 + Math.max(0, ...variant.ort.pieces.map((piece) => piece.bytes)));
    for (const piece of variant.ort.pieces) {
      const arrived = () => {
        progress.lastProgress = Date.now();
      };
      const bytes = await this.#read(piece, room, arrived);
      yield bytes;
      if (room.detached) room = bytes.buffer;
    }
  }

  /** A file's bytes, held against the manifest. */
  async #read(file: ManifestFile, room?: ArrayBuffer, arrived = () => {}): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#source.read(file.file, room);
    arrived();
    if (bytes === undefined) {
      throw new OrcaError("models_missing", `${file.file} is not in the ${this.#source.name}.`, { hint: BUILD_HINT });
    }
    const digest = bytes.length === file.bytes ? await sha256Hex(bytes) : "another length";
    if (digest === file.sha256) return bytes;
    throw new OrcaError("model_damaged", `${file.file} is not the file that the manifest describes.`, {
      hint: "It was changed or cut short on its way; build or copy the models again.",
    });
  }
}

async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
