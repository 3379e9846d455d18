import { BrowserPipeline, type Job } from "../pipeline/browser-pipeline.ts";
import { HeadWork } from "../pipeline/head-work.ts";
import type { Places } from "../pipeline/protocol.ts";
import type { Teller } from "../teller.ts";
import type { ServerModels } from "./server-models.ts";
import { embed, pieces } from "./transport.ts";

declare const PIPELINE_WORKER: string;
declare const MODULES: Places["modules"];
/** Whether a server stands behind the page; a static site has none. */
declare const HAS_SERVER: boolean;

export const PLACES = ["browser", "server"] as const;
/** Where recordings are embedded. */
export type Place = (typeof PLACES)[number];

const whole = (address: string) => new URL(address, location.href).href;

interface Around extends Teller {
  readonly models: ServerModels;
}

/** The engine that runs in the page. */
const ENGINE = "kernels";

/** Where recordings go, and with which choices. */
export class Pipelines {
  readonly #browser = new BrowserPipeline(PIPELINE_WORKER, {
    modules: Object.fromEntries(
      Object.entries(MODULES).map(([name, address]) => [name, whole(address)]),
    ) as Places["modules"],
    models: whole("models/"),
  });
  /** What is done with heads: in the page, wherever the embeddings were made. */
  readonly heads = new HeadWork(PIPELINE_WORKER, whole(MODULES.kernels));
  readonly #around: Around;
  #place: Place;
  /** Options of the pipeline that were chosen, by their names: those of src/options. */
  options: Readonly<Record<string, string>> = {};

  constructor(around: Around) {
    this.#around = around;
    this.#place = this.#browser.able ? "browser" : "server";
  }

  get places(): readonly Place[] {
    return PLACES.filter((place) => (place === "browser" ? this.#browser.able : HAS_SERVER));
  }

  get place(): Place {
    return this.#place;
  }

  set place(place: Place) {
    this.#place = place;
    this.#around.changed();
  }

  /** Recordings that are worked on at once. */
  get most(): number {
    return this.#place === "browser" ? this.#browser.most : 2;
  }

  async run(job: Job): Promise<void> {
    const query = { include: "scores,spectrogram", ...this.options, ...job.query };
    if (this.#place === "browser") {
      await this.#around.models.come;
      const fetched = this.#around.models.get(job.model)?.files !== false;
      const variant = fetched ? (this.options.variant ?? this.#smallest(job.model)) : undefined;
      // Where the models cannot be listed, running it says why.
      if (variant !== undefined || !HAS_SERVER) {
        await this.#browser.run({ ...job, query: { ...query, ...(variant === undefined ? {} : { variant }) } });
        return;
      }
    }
    const { file, ...rest } = job;
    await embed({ ...rest, query, chunks: pieces(file) });
  }

  /** The form of a model that is the least to fetch, of those that the page can run. */
  #smallest(model: string): string | undefined {
    const variants = this.#around.models.get(model)?.variants ?? [];
    const sized = variants.flatMap(({ name, engines }) => {
      const bytes = engines.find((engine) => engine.name === ENGINE)?.bytes;
      return bytes === undefined ? [] : [{ name, bytes }];
    });
    return sized.sort((a, b) => a.bytes - b.bytes)[0]?.name;
  }

  rest(): void {
    this.#browser.rest();
  }
}
