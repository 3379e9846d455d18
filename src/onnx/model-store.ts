import { OrcaError } from "../errors.ts";
import { type ModelClass, type ModelName, unpackClasses, unpackVggishPca, type VggishPca } from "../models/index.ts";
import type { Engine, EngineName } from "./engine.ts";
import { type HeldModel, held, type LoadedModel } from "./loaded-model.ts";
import {
  MANIFEST_FILE,
  type Manifest,
  type ManifestFile,
  type ManifestModel,
  type ManifestPieces,
  parseManifest,
  piecesFor,
} from "./manifest.ts";
import { cannotRun } from "./missing.ts";
import type { ModelSource } from "./model-source.ts";

/** What a waiter sees of a load that another request has begun. */
interface Loading {
  lastProgress: number;
  /** Memory that it takes: what its files hold, until a session has told more. */
  bytes: number;
  loaded: HeldModel | undefined;
  failure: unknown;
}

/** A load that has not moved for this long (ms) was given up with its request: the next waiter starts anew. */
const STALLED_AFTER = 10_000;
const POLL_EVERY = 20;

const BUILD_HINT = "Build the models first: npm run models";
const PCA_HINT =
  "It is published beside the weights: fetch https://storage.googleapis.com/audioset/vggish_pca_params.npz and convert VGGish with --pca vggish_pca_params.npz.";

export interface StoreOptions {
  /**
   * Bytes of memory that the models may take together; without a limit where it is left out. To make room for another,
   * those that nobody works with are dropped, the least recently used first.
   */
  readonly memory?: number;
}

/**
 * The models of one process or isolate: the manifest once, one session a model, variant and engine. Requests that want
 * the same at the same time wait for one load. They poll instead of sharing a promise, because in workerd a promise that
 * belongs to a request dies with it.
 */
export class ModelStore {
  /** The first runs what names no engine. */
  readonly engines: readonly Engine[];
  readonly #source: ModelSource;
  readonly #memory: number;
  readonly #loading = new Map<string, Loading>();
  /** Memory of each session that there has been. */
  readonly #taken = new Map<string, number>();
  #manifest: Manifest | undefined;
  #pca: VggishPca | undefined;
  readonly #classes = new Map<ModelName, readonly ModelClass[]>();

  constructor(source: ModelSource, engines: Engine | readonly Engine[], { memory = Infinity }: StoreOptions = {}) {
    this.#source = source;
    this.engines = [engines].flat();
    this.#memory = memory;
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

  /**
   * What a model's scores are of, in their order; undefined where that is not known. Throws `models_missing` where there is
   * no such model.
   */
  async classes(name: ModelName): Promise<readonly ModelClass[] | undefined> {
    const entry = (await this.manifest()).models.find((model) => model.name === name);
    if (entry === undefined) {
      throw new OrcaError("models_missing", `The model ${name} is not in the ${this.#source.name}.`, {
        hint: BUILD_HINT,
      });
    }
    if (entry.classes === undefined) return undefined;
    const known = this.#classes.get(name) ?? unpackClasses(await this.#read(entry.classes));
    this.#classes.set(name, known);
    return known;
  }

  /** The models that are in memory. */
  loaded(): LoadedModel[] {
    return [...this.#loading.values()].flatMap(({ loaded }) => (loaded === undefined ? [] : [loaded]));
  }

  /**
   * A model, loaded at the first call. Whoever works with it for longer calls its `use`, so that it is not dropped.
   * Throws `unknown_variant`, `models_missing`, `model_damaged`, `engine_failed`, and `busy` where models that are in use
   * leave it no room.
   */
  async load(name: ModelName, variantName: string, engineName?: EngineName): Promise<LoadedModel> {
    const engine = this.#engine(engineName);
    const key = `${name}/${variantName}/${engine.id}`;
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
    const mine: Loading = { lastProgress: Date.now(), bytes: 0, loaded: undefined, failure: undefined };
    this.#loading.set(key, mine);
    try {
      const loaded = await this.#load(name, variantName, engine, mine);
      // It takes more than its files, and the next time that is known before it is loaded.
      this.#taken.set(key, loaded.session.memory);
      this.#makeRoom(key, loaded.session.memory, mine);
      mine.loaded = loaded;
      return loaded;
    } catch (thrown) {
      // Those who wait are told; the next request tries again.
      mine.failure = thrown;
      if (this.#loading.get(key) === mine) this.#loading.delete(key);
      throw thrown;
    }
  }

  #engine(name: EngineName | undefined): Engine {
    const engine = name === undefined ? this.engines[0] : this.engines.find(({ id }) => id === name);
    if (engine !== undefined) return engine;
    throw new OrcaError("bad_option", `There is no engine ${JSON.stringify(name)} here.`, {
      field: "engine",
      hint: `There is: ${this.engines.map(({ id }) => id).join(", ")}.`,
    });
  }

  async #load(name: ModelName, variantName: string, engine: Engine, mine: Loading): Promise<HeldModel> {
    const manifest = await this.manifest();
    const entry = manifest.models.find((model) => model.name === name);
    if (entry === undefined) {
      throw new OrcaError("models_missing", `The model ${name} is not in the ${this.#source.name}.`, {
        hint: BUILD_HINT,
      });
    }
    const variant = Object.hasOwn(entry.variants, variantName) ? entry.variants[variantName] : undefined;
    const pieces = variant === undefined ? undefined : piecesFor(variant, engine.id);
    if (variant === undefined || pieces === undefined) throw cannotRun(entry, variantName, engine.id);
    const key = `${name}/${variantName}/${engine.id}`;
    this.#makeRoom(key, Math.max(pieces.bytes, this.#taken.get(key) ?? 0), mine);
    const [frames, bands] = entry.input.slice(-2) as [number, number];
    const shape = { window: [frames, bands] as const, embedding: entry.embedding, scores: entry.scores };
    const bytes = { length: pieces.bytes, chunks: this.#chunks(pieces, mine) };
    const session = await engine.load(bytes, shape);
    return held({ entry, variantName, variant, session, engine, readPca: () => this.#readPca(entry) });
  }

  /** Drops idle models until `bytes` are free for `what`; throws where that is not enough. */
  #makeRoom(what: string, bytes: number, mine: Loading): void {
    if (bytes > this.#memory) {
      throw new OrcaError("engine_failed", `${what} takes ${bytes} bytes; all models may take ${this.#memory}.`, {
        hint: "Use a smaller variant, or ask the operator to raise MAX_MODEL_BYTES.",
      });
    }
    mine.bytes = bytes;
    const others = this.#drop(mine);
    if (others + bytes <= this.#memory) return;
    throw new OrcaError(
      "busy",
      `There is no room for ${what}: models in use take ${others} bytes of ${this.#memory}.`,
      {
        hint: "Try again when a stream has ended, or ask the operator to raise MAX_MODEL_BYTES.",
      },
    );
  }

  /** Drops models that nobody works with until there is room for `mine` beside the others, whose bytes it gives. */
  #drop(mine: Loading): number {
    let others = 0;
    for (const each of this.#loading.values()) if (each !== mine) others += each.loaded?.session.memory ?? each.bytes;
    const idle = [...this.#loading]
      .flatMap(([key, each]) => (each !== mine && each.loaded?.idle() ? [{ key, model: each.loaded }] : []))
      .sort((a, b) => a.model.lastUse() - b.model.lastUse());
    for (const { key, model } of idle) {
      if (others + mine.bytes <= this.#memory) break;
      this.#loading.delete(key);
      others -= model.session.memory;
    }
    return others;
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

  async *#chunks({ pieces }: ManifestPieces, progress: Loading): AsyncGenerator<Uint8Array> {
    // One more than the longest piece, so that a file that is too long shows.
    let room = new ArrayBuffer(1 + Math.max(0, ...pieces.map((piece) => piece.bytes)));
    for (const piece of pieces) {
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
