import { OrcaError } from "../../src/errors.ts";
import type { Scored } from "../pipeline/protocol.ts";
import type { Pipelines } from "./pipelines.ts";
import type { Points } from "./points.ts";

/** A head is a few kilobytes to a few megabytes. */
const MOST_BYTES = 64 * 2 ** 20;

/** A head of a file that was opened in the page: it scores the windows of its model. */
export class PageHead {
  readonly id: string;
  readonly model: string;
  readonly classes: Scored["classes"];
  readonly #name: string;
  readonly #text: string;
  readonly #pipelines: Pipelines;

  private constructor({ id, model, classes }: Scored, name: string, text: string, pipelines: Pipelines) {
    this.id = id;
    this.model = model;
    this.classes = classes;
    this.#name = name;
    this.#text = text;
    this.#pipelines = pipelines;
  }

  /** Rejects with what is wrong with the file. */
  static async open(file: File, pipelines: Pipelines): Promise<PageHead> {
    if (file.size > MOST_BYTES)
      throw new OrcaError(
        "head_invalid",
        `${file.name} has ${Math.round(file.size / 2 ** 20)} MB: a head is not so large.`,
      );
    const text = await file.text();
    const nothing = { model: undefined, rows: { size: 1, parts: [] } };
    return new PageHead(await pipelines.score({ name: file.name, text, ...nothing }), file.name, text, pipelines);
  }

  /** Probabilities by class of all points of its model. */
  async score(points: Points): Promise<readonly Float32Array[]> {
    const header = points.sets()[0]?.result.header;
    const model = { id: points.model, sha256: header?.sha256, variant: header?.variant };
    const rows = points.rows();
    const { probabilities } = await this.#pipelines.score({ name: this.#name, text: this.#text, model, rows });
    return probabilities.map((values) => Float32Array.from(values));
  }
}
