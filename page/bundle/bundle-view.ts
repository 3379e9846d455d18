import { asOrcaError } from "../../src/errors.ts";
import {
  configFaults,
  type EmbeddingInfo,
  type Fault,
  type MetadataTable,
  metadataFaults,
  readConfig,
  readMetadata,
  spriteFaults,
  tensorFaults,
} from "../../src/output/projector-reader/index.ts";
import type { Neighbour } from "../analysis/nearest.ts";
import type { UmapProgress, UmapRequest } from "../analysis/umap-worker.ts";
import type { Teller } from "../teller.ts";
import type { Colours } from "../views/legend.ts";
import { FAINT, HIDDEN, PLAIN, type Shown } from "../views/points-raster.ts";
import { BundleClient } from "./bundle-client.ts";
import type { BundleFiles } from "./bundle-files.ts";
import { type Coloured, colourings, columnColours, firstColouring, orderColours } from "./columns.ts";
import type { Plotted, SpriteSize } from "./protocol.ts";
import { type Query, search } from "./search.ts";
import { Thumbnails } from "./thumbnails.ts";

/** Points of a picture by UMAP; of more an even share. The projector of TensorBoard takes as many. */
export const MOST_FOR_UMAP = 5000;
const NEIGHBOURS = 8;

/** An embedding as far as it has come. */
export interface Experiment {
  readonly info: EmbeddingInfo;
  readonly client: BundleClient;
  /** Once the sprite has been read. */
  thumbnails: Thumbnails | undefined;
  plotted: Plotted | undefined;
  metadata: MetadataTable | undefined;
  colourings: readonly Coloured[];
  sprite: SpriteSize | undefined;
}

/** Addresses of the workers. */
export interface Workers {
  readonly bundle: string;
  readonly umap: string;
}

/** A bundle that is looked at: one of its embeddings, what is marked and searched for. */
export class BundleView {
  readonly files: BundleFiles;
  readonly #session: Teller;
  readonly #workers: Workers;
  embeddings: readonly EmbeddingInfo[] = [];
  experiment: Experiment | undefined;
  /** What is being read; undefined when all is there. */
  reading: string | undefined = "the config";
  /** The column that colours; undefined for the order of the points. */
  colouring: Coloured | undefined;
  projection: "pca" | "umap" = "pca";
  /** How far UMAP has come, while it runs. */
  progress: number | undefined;
  query: Query = { text: "", column: -1 };
  /** Whether points that the query does not find are hidden, and not faint. */
  only = false;
  selected: ReadonlySet<number> = new Set();
  cursor: number | undefined;
  neighbours: readonly Neighbour[] | undefined;
  #umap: Worker | undefined;
  #umapPositions: Float32Array | undefined;
  #found: { readonly key: string; readonly rows: Uint8Array | undefined } | undefined;
  #shown: { readonly key: string; readonly shown: Shown | undefined } | undefined;
  #colours: { readonly key: string; readonly colours: Colours } | undefined;

  constructor(files: BundleFiles, session: Teller, workers: Workers) {
    this.files = files;
    this.#session = session;
    this.#workers = workers;
  }

  /** Reads the config and its first embedding; what is wrong becomes cards. */
  async open(): Promise<void> {
    try {
      const text = await (await this.files.read(this.files.config)).text();
      this.embeddings = readConfig(text, this.files.config);
      this.#report(configFaults(this.embeddings, this.files.config));
      await this.show(0);
    } catch (thrown) {
      this.reading = undefined;
      this.#fail(thrown);
    }
  }

  /** Shows one of the embeddings. */
  async show(index: number): Promise<void> {
    this.close();
    const info = this.embeddings[index];
    if (info === undefined) return;
    const client = new BundleClient(this.#workers.bundle);
    const experiment: Experiment = {
      info,
      client,
      thumbnails: undefined,
      plotted: undefined,
      metadata: undefined,
      colourings: [],
      sprite: undefined,
    };
    this.experiment = experiment;
    this.reading = info.tensorName;
    this.#session.say(`Reading ${info.tensorName} …`);
    const still = () => this.experiment === experiment;
    const parts = [this.#plot(experiment), this.#describe(experiment), this.#picture(experiment)];
    await Promise.all(
      parts.map((part) =>
        part.catch((thrown: unknown) => {
          if (still()) this.#fail(thrown);
        }),
      ),
    );
    if (!still()) return;
    this.reading = undefined;
    this.#compare(experiment);
    const { plotted } = experiment;
    if (plotted !== undefined) this.#session.say(`${plotted.count.toLocaleString("en")} points of ${info.tensorName}.`);
    this.#session.changed();
  }

  /** Ends the workers and forgets what was looked at. */
  close(): void {
    this.stopUmap();
    this.experiment?.client.end();
    this.experiment = undefined;
    this.projection = "pca";
    this.#umapPositions = undefined;
    this.colouring = undefined;
    this.query = { text: "", column: -1 };
    this.selected = new Set();
    this.cursor = undefined;
    this.neighbours = undefined;
  }

  async #plot(experiment: Experiment): Promise<void> {
    const { tensorPath: file, tensorShape: shape } = experiment.info;
    const tensors = await this.files.read(file);
    experiment.plotted = await experiment.client.ask({ kind: "tensors", file, tensors, shape });
    this.#session.changed();
  }

  async #describe(experiment: Experiment): Promise<void> {
    const { metadataPath } = experiment.info;
    if (metadataPath === undefined) return;
    const content = new Uint8Array(await (await this.files.read(metadataPath)).arrayBuffer());
    const metadata = readMetadata(content, metadataPath);
    experiment.metadata = metadata;
    experiment.colourings = colourings(metadata);
    if (this.experiment === experiment) this.colouring = firstColouring(experiment.colourings);
    this.#session.changed();
  }

  async #picture(experiment: Experiment): Promise<void> {
    const { sprite } = experiment.info;
    if (sprite === undefined) return;
    const { imagePath: file, singleImageDim: dim } = sprite;
    experiment.sprite = await experiment.client.ask({ kind: "sprite", file, image: await this.files.read(file), dim });
    experiment.thumbnails = new Thumbnails(experiment.client, dim, () => this.#session.changed());
    this.#session.changed();
  }

  /** What the projector would warn of. */
  #compare({ info, plotted, metadata, sprite }: Experiment): void {
    if (plotted === undefined) return;
    const { count } = plotted;
    this.#report([
      ...tensorFaults(info, plotted),
      ...(metadata === undefined ? [] : metadataFaults(info.metadataPath as string, metadata, count)),
      ...(sprite === undefined || info.sprite === undefined ? [] : spriteFaults(info.sprite, sprite, count)),
    ]);
  }

  get count(): number {
    return this.experiment?.plotted?.count ?? 0;
  }

  positions(): Float32Array {
    if (this.projection === "umap" && this.#umapPositions !== undefined) return this.#umapPositions;
    return this.experiment?.plotted?.positions ?? new Float32Array(0);
  }

  /** How many points the picture has places for. */
  get placed(): number {
    return this.projection === "umap" ? Math.min(this.count, MOST_FOR_UMAP) : this.count;
  }

  axes(): readonly [string, string] {
    if (this.projection === "umap") return ["UMAP 1 (no unit)", "UMAP 2 (no unit)"];
    const [first = 0, second = 0] = this.experiment?.plotted?.explained ?? [];
    const share = (part: number) => `${(100 * part).toFixed(0)} % of the variance`;
    return [`principal component 1, ${share(first)}`, `component 2, ${share(second)}`];
  }

  colours(): Colours {
    const { count, colouring, experiment } = this;
    const key = `${experiment?.info.tensorName} ${count} ${colouring?.column} ${experiment?.metadata !== undefined}`;
    if (this.#colours?.key !== key) {
      const metadata = experiment?.metadata;
      const colours =
        colouring === undefined || metadata === undefined
          ? orderColours(count)
          : columnColours(metadata, colouring, count);
      this.#colours = { key, colours };
    }
    return this.#colours.colours;
  }

  /** Rows that the query finds; undefined where there is none. */
  found(): Uint8Array | undefined {
    const metadata = this.experiment?.metadata;
    if (metadata === undefined) return undefined;
    const key = `${this.experiment?.info.tensorName} ${this.query.column} ${this.query.text}`;
    if (this.#found?.key !== key) this.#found = { key, rows: search(metadata, this.query) };
    return this.#found.rows;
  }

  /** The points that the query finds. */
  foundPoints(): number[] {
    const rows = this.found();
    if (rows === undefined) return [];
    const points: number[] = [];
    for (let row = 0; row < Math.min(rows.length, this.count); row++) if (rows[row] === 1) points.push(row);
    return points;
  }

  shown(): Shown | undefined {
    const rows = this.found();
    const key = `${this.#found?.key} ${this.only} ${this.count}`;
    if (this.#shown?.key !== key) {
      const other = this.only ? HIDDEN : FAINT;
      const shown = rows && Uint8Array.from({ length: this.count }, (_, at) => (rows[at] === 1 ? PLAIN : other));
      this.#shown = { key, shown };
    }
    return this.#shown.shown;
  }

  search(query: Query): void {
    this.query = query;
    this.#session.changed();
  }

  look(point: number): void {
    if (this.cursor !== point) this.neighbours = undefined;
    this.cursor = point;
    this.#session.changed();
    const { experiment } = this;
    void experiment?.client
      .ask({ kind: "nearest", point, count: NEIGHBOURS })
      .then((found) => {
        if (this.cursor !== point || this.experiment !== experiment) return;
        this.neighbours = found;
        this.#session.changed();
      })
      .catch((thrown: unknown) => this.#fail(thrown));
  }

  select(points: readonly number[]): void {
    this.selected = new Set(points);
    const [first] = points;
    if (first === undefined) this.clear();
    else this.look(first);
    this.#session.say(`${points.length.toLocaleString("en")} ${points.length === 1 ? "point" : "points"} marked.`);
  }

  clear(): void {
    this.selected = new Set();
    this.cursor = undefined;
    this.neighbours = undefined;
    this.#session.changed();
  }

  usePca(): void {
    this.stopUmap();
    this.projection = "pca";
    this.#session.changed();
  }

  async runUmap(): Promise<void> {
    this.stopUmap();
    const { experiment, count } = this;
    if (experiment === undefined) return;
    this.progress = 0;
    this.#session.changed();
    const { rows, points } = await experiment.client.ask({ kind: "rows", most: MOST_FOR_UMAP });
    if (this.experiment !== experiment || this.progress === undefined) return;
    const worker = new Worker(this.#workers.umap);
    this.#umap = worker;
    worker.onmessage = ({ data }: MessageEvent<UmapProgress>) => {
      const positions = new Float32Array(2 * count).fill(Number.NaN);
      for (const [at, point] of points.entries()) {
        positions[2 * point] = data.positions[2 * at] as number;
        positions[2 * point + 1] = data.positions[2 * at + 1] as number;
      }
      this.#umapPositions = positions;
      this.projection = "umap";
      this.progress = data.done < 1 ? data.done : undefined;
      if (data.done === 1) {
        this.#session.say(`UMAP of ${points.length.toLocaleString("en")} points is done.`);
        this.stopUmap();
      }
      this.#session.changed();
    };
    worker.onerror = ({ message }) => {
      this.usePca();
      this.#session.fail("UMAP", { title: "UMAP failed", detail: message });
    };
    worker.postMessage({ size: experiment.plotted?.size ?? 1, rows } satisfies UmapRequest, [rows.buffer]);
  }

  stopUmap(): void {
    this.#umap?.terminate();
    this.#umap = undefined;
    this.progress = undefined;
  }

  #report(faults: readonly Fault[]): void {
    for (const { file, what, hint } of faults) {
      this.#session.fail(`${this.files.name}, ${file}`, {
        title: "The bundle breaks the contract",
        detail: `${what}.`,
        hint,
      });
    }
  }

  #fail(thrown: unknown): void {
    const { code, message, hint, field, byteOffset } = asOrcaError(thrown);
    const about = field === undefined ? this.files.name : `${this.files.name}, ${field}`;
    this.#session.fail(about, { title: "The bundle cannot be shown whole", detail: message, hint, code, byteOffset });
  }
}
