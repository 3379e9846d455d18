import { OrcaError } from "../../errors.ts";
import type { Labels } from "../../labels/index.ts";
import type { WindowRecord } from "../../records/index.ts";
import { headerRow, row } from "./tsv.ts";

/** What a column is made from. */
interface Source {
  readonly file: string;
  readonly window: WindowRecord;
  readonly classes: readonly string[];
  /** The class of the highest score. */
  readonly top: { readonly at: number; readonly score: number } | undefined;
}

/** Columns that every model has, in order; one that stays empty in all windows is left out. */
const OWN: Readonly<Record<string, (source: Source) => string>> = {
  file: ({ file }) => file,
  window: ({ window }) => String(window.index),
  start: ({ window }) => String(window.start),
  end: ({ window }) => String(window.end),
  utc: ({ window }) => window.utc ?? "",
  rms: ({ window }) => String(window.rms),
  top_class: ({ window, classes, top }) =>
    top === undefined || window.scores?.length === 1 ? "" : (classes[top.at] ?? `class ${top.at}`),
  top_score: ({ top }) => (top === undefined ? "" : String(Number(top.score.toPrecision(4)))),
};

export interface MetadataOptions {
  readonly labels?: Pick<Labels, "columns" | "at">;
  /** Heads and classes, a column each. */
  readonly heads?: readonly (readonly [head: string, name: string])[];
  /** Names of the model's classes by their number; they are used where there are as many as scores. */
  readonly classes?: readonly string[];
  /** The columns to keep, in this order; all that hold something where it is left out. */
  readonly columns?: readonly string[];
}

/** metadata.tsv: a row a window, whose cells wait as JSON until it is known which columns hold something. */
export class Metadata {
  readonly #names: readonly string[];
  readonly #labels: MetadataOptions["labels"];
  readonly #heads: NonNullable<MetadataOptions["heads"]>;
  readonly #classes: readonly string[];
  readonly #wanted: readonly string[] | undefined;
  readonly #filled = new Set<number>();

  constructor({ labels, heads = [], classes = [], columns }: MetadataOptions) {
    this.#labels = labels;
    this.#heads = heads;
    this.#classes = classes;
    this.#wanted = columns;
    const own = Object.keys(OWN);
    const taken = new Set(own);
    const unique = (name: string): string => {
      const free = taken.has(name) ? unique(`label_${name}`) : name;
      taken.add(free);
      return free;
    };
    this.#names = [...own, ...heads.map((one) => unique(one.join(":"))), ...(labels?.columns ?? []).map(unique)];
    const unknown = columns?.find((name) => !this.#names.includes(name));
    if (unknown !== undefined) {
      throw new OrcaError("bad_option", `There is no column ${JSON.stringify(unknown)}.`, {
        field: "columns",
        hint: `Columns are: ${this.#names.join(", ")}.`,
      });
    }
  }

  /** A window's cells. */
  encode(file: string, window: WindowRecord): Uint8Array {
    const classes = this.#classes.length === window.scores?.length ? this.#classes : [];
    const source = { file, window, classes, top: topOf(window.scores) };
    const cells = [
      ...Object.values(OWN).map((value) => value(source)),
      ...this.#heads.map(([head, name]) => String(Number((window.heads?.[head]?.[name] ?? Number.NaN).toPrecision(4)))),
      ...(this.#labels?.at(file, window) ?? []),
    ];
    for (const [at, value] of cells.entries()) if (value.trim() !== "") this.#filled.add(at);
    return new TextEncoder().encode(JSON.stringify(cells));
  }

  /** The file of the rows that `encode` gave. */
  async *file(rows: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const encoder = new TextEncoder();
    const decoder = new TextDecoder();
    const columns = this.#columns();
    yield encoder.encode(headerRow(columns.map((at) => this.#names[at] as string)));
    for await (const bytes of rows) {
      const cells = JSON.parse(decoder.decode(bytes)) as string[];
      yield encoder.encode(row(columns.map((at) => cells[at] as string)));
    }
  }

  #columns(): number[] {
    if (this.#wanted !== undefined) return this.#wanted.map((name) => this.#names.indexOf(name));
    return [...this.#names.keys()].filter((at) => this.#filled.has(at));
  }
}

function topOf(scores: WindowRecord["scores"]): Source["top"] {
  let top: Source["top"];
  for (const [at, score] of scores?.entries() ?? []) if (top === undefined || score > top.score) top = { at, score };
  return top;
}
