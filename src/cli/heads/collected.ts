import type { Collection } from "../../collection/index.ts";
import { OrcaError } from "../../errors.ts";
import { Embeddings, type Examples, type Grouping, labelFor, UNKNOWN } from "../../heads/index.ts";
import { type Annotation, byRecording, isLabelOf } from "../../labels/index.ts";

/** A window of a collection. */
export interface Place {
  readonly id: number;
  readonly recording: string;
  readonly site: string;
  readonly start: number;
  readonly end: number;
}

/** Windows of a collection with what people say about them. */
export interface Collected {
  readonly examples: Examples;
  readonly embeddings: Embeddings;
  readonly places: readonly Place[];
  readonly sites: readonly string[];
  /** Seconds from one window to the next. */
  readonly hop: number;
  /** Labels by who gave them. */
  readonly people: Readonly<Record<string, number>>;
}

interface Wanted {
  readonly classes: readonly string[];
  /** Whose labels; all where it is empty. */
  readonly by: readonly string[];
  readonly group: Grouping;
  /** Unlabelled windows that are taken for background. */
  readonly background: number;
  /** Every class is to be learned, and so none may have uncertain labels alone. */
  readonly learns?: boolean;
}

const AT_ONCE = 512;

/** Throws `bad_option` where no label overlaps a window, and where all labels of a class are uncertain. */
export async function collected(
  kernels: WebAssembly.Module,
  collection: Collection,
  wanted: Wanted,
): Promise<Collected> {
  const { classes, by, group, background } = wanted;
  const annotations: Annotation[] = [];
  const people: Record<string, number> = {};
  for await (const annotation of collection.annotations()) {
    if (by.length > 0 && !by.includes(annotation.by)) continue;
    annotations.push(annotation);
    people[annotation.by] = (people[annotation.by] ?? 0) + 1;
  }
  if (annotations.length === 0) {
    throw new OrcaError(
      "bad_option",
      by.length === 0 ? "The collection has no labels." : `It has no labels by ${by.join(", ")}.`,
      {
        field: by.length === 0 ? "collection" : "by",
        hint: "orca-embed label takes tables in.",
      },
    );
  }
  const index = byRecording(annotations);
  const recordings = await recordingFacts(collection);
  const labelled: { place: Place; labels: readonly number[]; utc: number }[] = [];
  const free: { place: Place; utc: number }[] = [];
  let hop = Number.POSITIVE_INFINITY;
  let last: { recording: number; start: number } | undefined;
  for await (const block of collection.blocks({ vectors: false })) {
    for (let at = 0; at < block.count; at++) {
      const [id, own, start, end] = [block.ids, block.recordings, block.starts, block.ends].map(
        (list) => list[at] as number,
      ) as [number, number, number, number];
      const { name = "", site = "" } = recordings.get(own) ?? {};
      if (last?.recording === own && start > last.start) hop = Math.min(hop, start - last.start);
      last = { recording: own, start };
      const place = { id, recording: name, site, start, end };
      const utc = block.utcs[at] as number;
      const over = index.get(name)?.in({ start, end }) ?? [];
      if (over.length === 0) free.push({ place, utc });
      else {
        const labels = classes.map((one) => labelFor(one, over));
        if (labels.some((label) => label !== UNKNOWN)) labelled.push({ place, labels, utc });
      }
    }
  }
  const unsure = classes.find((one) => uncertainOf(one, annotations) > 0);
  if (unsure !== undefined && (wanted.learns === true || labelled.length === 0)) {
    const count = uncertainOf(unsure, annotations);
    throw new OrcaError(
      "bad_option",
      `${count === 1 ? "The only label" : `All ${count} labels`} of ${unsure}${by.length === 0 ? "" : ` by ${by.join(", ")}`} ${count === 1 ? "is" : "are"} uncertain: nothing is learned or judged by such.`,
      {
        field: "classes",
        hint: "Take labels in with kind positive, or negative where it is not heard: orca-embed label --import.",
      },
    );
  }
  if (labelled.length === 0) {
    throw new OrcaError("bad_option", `No label of ${classes.join(", ")} overlaps a window of the collection.`, {
      field: "classes",
      hint: "Are the labels of these recordings, and in seconds from their starts? orca-embed label counts them.",
    });
  }
  const step = Math.max(1, free.length / Math.max(1, background));
  const weak =
    background === 0
      ? []
      : Array.from(
          { length: Math.min(background, free.length) },
          (_, i) => free[Math.floor(i * step)] as (typeof free)[0],
        );
  const rows = [...labelled, ...weak.map((one) => ({ ...one, labels: classes.map(() => 0) }))];
  const places = rows.map(({ place }) => place);
  const embeddings = new Embeddings(kernels, rows.length, collection.model.dimensions);
  for (let first = 0; first < rows.length; first += AT_ONCE) {
    const ids = places.slice(first, first + AT_ONCE).map(({ id }) => id);
    const block = await collection.windows(ids);
    if (block.count !== ids.length)
      throw new OrcaError("busy", "Windows went from the collection while it was read.", { hint: "Try again." });
    embeddings.set(first, block.vectors);
  }
  const examples: Examples = {
    classes,
    labels: classes.map((_, k) => Uint8Array.from(rows, ({ labels }) => labels[k] as number)),
    groups: rows.map(({ place, utc }) => groupOf(group, place, utc)),
    weak: Uint8Array.from(rows, (_, row) => (row < labelled.length ? 0 : 1)),
  };
  const { window } = collection.model;
  return {
    examples,
    embeddings,
    places,
    sites: places.map(({ site }) => site),
    hop: window?.hop ?? (Number.isFinite(hop) ? hop : (places[0]?.end ?? 1) - (places[0]?.start ?? 0)),
    people,
  };
}

/** How many labels a class has, where all of them are uncertain; 0 where some are not, or there are none. */
function uncertainOf(name: string, annotations: readonly Annotation[]): number {
  const own = annotations.filter(({ label }) => isLabelOf(label, name));
  return own.every(({ kind }) => kind === "uncertain") ? own.length : 0;
}

/** Without a clock a recording is its own day. */
function groupOf(group: Grouping, { recording, site }: Place, utc: number): string {
  if (group === "site") return site;
  if (group === "day" && !Number.isNaN(utc)) return new Date(utc).toISOString().slice(0, 10);
  return recording;
}

export interface RecordingPlace {
  readonly name: string;
  readonly site: string;
  /** Milliseconds since 1970. */
  readonly utc: number | undefined;
  readonly seconds: number | undefined;
}

/** Names and sites of recordings by their ids: a site is a deployment. */
export async function recordingFacts(collection: Collection): Promise<Map<number, RecordingPlace>> {
  const facts = new Map<number, RecordingPlace>();
  for await (const { id, name, deployment, utc, seconds } of collection.recordings())
    facts.set(id, { name, site: deployment?.name ?? "", utc, seconds });
  return facts;
}
