import { DEFAULT_ENGINE, type Engine } from "../engines/index.ts";
import { OrcaError } from "../errors.ts";
import { cannotRun, variantOf } from "./cannot-run.ts";
import { type ModelClass, unpackClasses } from "./class-names.ts";
import { type HeldModel, held, type LoadedModel } from "./loaded-model.ts";
import {
  type Artefact,
  MANIFEST_FILE,
  type Manifest,
  type ManifestFile,
  type ModelEntry,
  parseManifest,
} from "./manifest.ts";
import { contractOf, embeddingSize } from "./measures.ts";
import type { ModelSource } from "./model-source.ts";
import { type PrincipalComponents, unpackComponents } from "./principal-components.ts";

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
const NEVER = Number.NEGATIVE_INFINITY;

const BUILD_HINT = "Build the models first: npm run models, or npx orca-embed models where this is a dependency";

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
  /** In the order in which `auto` tries them. */
  readonly engines: readonly Engine[];
  readonly #source: ModelSource;
  readonly #memory: number;
  readonly #loading = new Map<string, Loading>();
  /** Memory of each session that there has been. */
  readonly #taken = new Map<string, number>();
  /** Models that an engine did not compute right here, and why; `auto` passes it over for them. */
  readonly #unfit = new Map<string, string>();
  #manifest: Manifest | undefined;
  /** When somebody began to read it, while it is being read. */
  #manifestAsked = NEVER;
  readonly #components = new Map<string, PrincipalComponents>();
  readonly #classes = new Map<string, readonly ModelClass[]>();

  constructor(source: ModelSource, engines: Engine | readonly Engine[], { memory = Infinity }: StoreOptions = {}) {
    this.#source = source;
    this.engines = [engines].flat();
    this.#memory = memory;
  }

  /**
   * Read once; who asks while another reads waits for that one, unless it has stalled. Throws `models_missing` where there is
   * none, `model_damaged` where it is wrong.
   */
  async manifest(): Promise<Manifest> {
    while (this.#manifest === undefined && Date.now() - this.#manifestAsked <= STALLED_AFTER) await soon();
    if (this.#manifest !== undefined) return this.#manifest;
    this.#manifestAsked = Date.now();
    try {
      const bytes = await this.#source.read(MANIFEST_FILE);
      if (bytes === undefined) {
        throw new OrcaError("models_missing", `There is no ${MANIFEST_FILE} in the ${this.#source.name}.`, {
          hint: BUILD_HINT,
        });
      }
      this.#manifest = parseManifest(new TextDecoder().decode(bytes));
      return this.#manifest;
    } finally {
      this.#manifestAsked = NEVER;
    }
  }

  /** A model as the manifest has it. Throws `unknown_model` where it is not there. */
  async entry(id: string): Promise<ModelEntry> {
    const { models } = await this.manifest();
    const entry = models.find(({ description }) => description.id === id);
    if (entry !== undefined) return entry;
    const here = models.map(({ description }) => description.id).join(", ");
    throw new OrcaError("unknown_model", `There is no model ${JSON.stringify(id)} in the ${this.#source.name}.`, {
      field: "model",
      hint: here === "" ? BUILD_HINT : `Models are: ${here}.`,
    });
  }

  /** What a model's scores are of, in their order; undefined where that is not known. Throws `unknown_model`. */
  async classes(id: string): Promise<readonly ModelClass[] | undefined> {
    const { classes } = await this.entry(id);
    if (classes === undefined) return undefined;
    const known = this.#classes.get(id) ?? unpackClasses(await this.#read(classes));
    this.#classes.set(id, known);
    return known;
  }

  /** A file that the operator put beside the models, or undefined. */
  async beside(file: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#source.read(file);
  }

  /** The models that are in memory. */
  loaded(): LoadedModel[] {
    return [...this.#loading.values()].flatMap(({ loaded }) => (loaded === undefined ? [] : [loaded]));
  }

  /** What `auto` passed over here: "MODEL/VARIANT/ENGINE" and why. */
  unfit(): ReadonlyMap<string, string> {
    return this.#unfit;
  }

  /**
   * A model, loaded at the first call. Whoever works with it for longer calls its `use`, so that it is not dropped.
   * @param choice  an engine, or `auto`: the first that has an artefact of the variant and computes it right
   * Throws `unknown_model`, `unknown_variant`, `models_missing`, `model_damaged`, `engine_failed`, and `busy` where models
   * that are in use leave it no room.
   */
  async load(id: string, variantName: string, choice: string = DEFAULT_ENGINE): Promise<LoadedModel> {
    const entry = await this.entry(id);
    const variant = variantOf(entry.variants, variantName);
    const able = this.#chosen(choice).filter((engine) => variant?.artefacts[engine.id] !== undefined);
    if (variant === undefined || able.length === 0) throw cannotRun(entry, variantName, choice);
    const fit = able.filter((engine) => choice !== "auto" || !this.#unfit.has(keyOf(id, variantName, engine)));
    for (const engine of fit.slice(0, -1)) {
      try {
        return await this.#loaded(entry, variantName, engine);
      } catch (thrown) {
        if (!(thrown instanceof OrcaError) || thrown.code !== "engine_failed") throw thrown;
        this.#unfit.set(keyOf(id, variantName, engine), thrown.message);
      }
    }
    return this.#loaded(entry, variantName, (fit.at(-1) ?? able.at(-1)) as Engine);
  }

  async #loaded(entry: ModelEntry, variantName: string, engine: Engine): Promise<LoadedModel> {
    const key = keyOf(entry.description.id, variantName, engine);
    for (let loading = this.#loading.get(key); loading !== undefined; ) {
      if (loading.loaded !== undefined) return loading.loaded;
      if (loading.failure !== undefined) throw loading.failure;
      if (Date.now() - loading.lastProgress <= STALLED_AFTER) {
        await soon();
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
      const loaded = await this.#load(entry, variantName, engine, mine);
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

  #chosen(choice: string): readonly Engine[] {
    if (choice === "auto") return this.engines;
    const engine = this.engines.find(({ id }) => id === choice);
    if (engine !== undefined) return [engine];
    throw new OrcaError("bad_option", `There is no engine ${JSON.stringify(choice)} here.`, {
      field: "engine",
      hint: `There is: auto, ${this.engines.map(({ id }) => id).join(", ")}.`,
    });
  }

  async #load(entry: ModelEntry, variantName: string, engine: Engine, mine: Loading): Promise<HeldModel> {
    const variant = variantOf(entry.variants, variantName);
    const artefact = variant?.artefacts[engine.id];
    if (variant === undefined || artefact === undefined) throw cannotRun(entry, variantName, engine.id);
    const key = keyOf(entry.description.id, variantName, engine);
    this.#makeRoom(key, Math.max(artefact.bytes, this.#taken.get(key) ?? 0), mine);
    const bytes = { length: artefact.bytes, chunks: this.#chunks(artefact, mine) };
    const session = await engine.load(bytes, contractOf(entry.description));
    return held({
      entry,
      variantName,
      variant,
      session,
      engine,
      readComponents: () => this.#readComponents(entry),
      readClassNames: async () => (await this.classes(entry.description.id))?.map(({ name }) => name),
    });
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

  async #readComponents({ description, weights, components }: ModelEntry): Promise<PrincipalComponents> {
    const { id } = description;
    const known = this.#components.get(id);
    if (known !== undefined) return known;
    if (components === undefined) {
      const what = `There are no principal components for this ${id} of ${weights} weights in the ${this.#source.name}.`;
      throw new OrcaError("models_missing", what, {
        field: "postprocess",
        hint: `They are published beside the weights: convert ${id} again with --pca FILE (docs/models.md).`,
      });
    }
    const read = unpackComponents(await this.#read(components), embeddingSize(description));
    this.#components.set(id, read);
    return read;
  }

  async *#chunks({ pieces }: Artefact, progress: Loading): AsyncGenerator<Uint8Array> {
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

function keyOf(id: string, variant: string, { id: engine }: Engine): string {
  return `${id}/${variant}/${engine}`;
}

function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_EVERY));
}
