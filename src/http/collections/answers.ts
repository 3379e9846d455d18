import { z } from "@hono/zod-openapi";
import { checked } from "../../checked.ts";
import {
  type AnnotationFilter,
  CODED_FROM,
  type Collection,
  exampleWindows,
  type Result,
  type StoredRecording,
  searchCollection,
  vectorsOf,
  type WindowFilter,
  type WritableCollection,
} from "../../collection/index.ts";
import { OrcaError } from "../../errors.ts";
import { LABEL_KINDS } from "../../labels/index.ts";
import { type CodeTable, MEASURES } from "../../vectors/index.ts";

/** A collection that answers requests, wherever it lies. */
export interface Answering {
  readonly collection: WritableCollection;
  /** build/vectors.wasm, compiled. */
  readonly vectors: WebAssembly.Module;
  /** Codes of all its windows. */
  codes(): Promise<CodeTable>;
}

/** Recordings and annotations of an answer, and annotations of a request. */
const MOST_ROWS = 10_000;

const Label = z.string().min(1).max(1000);
const Utc = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const Examples = z.strictObject({
  windows: z.array(z.int().positive()).max(256).default([]),
  labels: z.array(Label).max(16).default([]),
  vectors: z.array(z.array(z.number())).max(256).default([]),
});

/** What is looked for: POST …/search. */
const Search = Examples.extend({
  unlike: Examples.optional(),
  measure: z.enum(MEASURES).default("cosine"),
  top: z.int().min(1).max(1000).default(20),
  above: z.number().optional(),
  events: z.boolean().default(false),
  by: z.enum(["auto", "vectors", "codes"]).default("auto"),
  deployments: z.array(z.string()).optional(),
  recordings: z.array(z.string()).optional(),
  from: Utc.optional(),
  to: Utc.optional(),
  hours: z.tuple([z.number().min(0).max(24), z.number().min(0).max(24)]).optional(),
  labelled: z.array(Label).optional(),
  unlabelled: z.boolean().optional(),
  minRms: z.number().optional(),
  maxRms: z.number().optional(),
});

const AnnotationBody = z.strictObject({
  recording: z.string(),
  start: z.number(),
  end: z.number(),
  label: Label,
  kind: z.enum(LABEL_KINDS).default("positive"),
  by: z.string().min(1).max(200),
  when: z.string().optional(),
  note: z.string().max(10_000).optional(),
  low: z.number().optional(),
  high: z.number().optional(),
});

/**
 * Answers a request to a collection. Throws OrcaError.
 * @param what  what of it is asked for: nothing, `recordings`, `annotations`, `search`
 */
export async function collectionAnswer(request: Request, what: string, kept: Answering): Promise<object> {
  const { collection } = kept;
  const { searchParams } = new URL(request.url);
  switch (`${request.method} ${what}`) {
    case "GET ":
      return { model: collection.model, ...(await collection.counts()), places: await collection.deployments() };
    case "GET recordings":
      return { recordings: (await firstOf(collection.recordings())).map(withIsoTime) };
    case "GET annotations":
      return { annotations: await firstOf(collection.annotations(annotationFilter(searchParams))) };
    case "POST annotations": {
      const annotations = await bodyOf(request, z.array(AnnotationBody).max(MOST_ROWS));
      return collection.annotate(
        annotations.map((one) => withoutUndefined({ when: new Date().toISOString(), ...one })),
      );
    }
    case "DELETE annotations": {
      const ids = await bodyOf(request, z.array(z.int().positive()).max(MOST_ROWS));
      const removed = await collection.removeAnnotations(ids);
      if (removed > 0 || ids.length === 0) return { removed };
      throw new OrcaError("not_found", `The collection has no annotation ${ids.slice(0, 10).join(", ")}.`);
    }
    case "POST search":
      return { results: await search(await bodyOf(request, Search), kept) };
    default:
      throw new OrcaError("not_found", `A collection has no ${request.method} ${what}.`);
  }
}

async function search(asked: z.infer<typeof Search>, { collection, vectors, codes }: Answering): Promise<object[]> {
  const { measure, top, events, above, by } = asked;
  const positive = await examplesOf(asked, collection);
  const negative = await examplesOf(asked.unlike ?? Examples.parse({}), collection);
  const filter = filterOf(asked);
  const { windows } = await collection.counts();
  const request = {
    examples: { positive: positive.vectors, negative: negative.vectors },
    measure,
    count: top,
    events,
    without: new Set([...positive.ids, ...negative.ids]),
    ...(above === undefined ? {} : { above }),
    ...(Object.keys(filter).length === 0 ? {} : { filter }),
  };
  const coded = by === "codes" || (by === "auto" && windows >= CODED_FROM);
  const results = await searchCollection(collection, vectors, request, coded ? await codes() : undefined);
  return results.map((result, at) => resultOf(result, at, measure));
}

async function examplesOf({ windows, labels, vectors }: z.infer<typeof Examples>, collection: Collection) {
  const ids = await exampleWindows(collection, windows, labels);
  const own = await vectorsOf(collection, ids);
  return { ids, vectors: [...own, ...vectors.map((vector) => Float32Array.from(vector))] };
}

function filterOf({
  deployments,
  recordings,
  from,
  to,
  hours,
  labelled,
  unlabelled,
  minRms,
  maxRms,
}: z.infer<typeof Search>): WindowFilter {
  return withoutUndefined({
    deployments,
    recordings,
    from,
    to,
    hours,
    labels: labelled,
    unlabelled,
    rmsAtLeast: minRms,
    rmsAtMost: maxRms,
  });
}

function resultOf(
  { id, score, recording, start, end, utc, rms, windows }: Result,
  at: number,
  measure: string,
): object {
  return {
    rank: at + 1,
    score,
    measure,
    window: id,
    recording: recording.name,
    deployment: recording.deployment?.name,
    start,
    end,
    utc: utc === undefined ? undefined : new Date(utc).toISOString(),
    rms,
    windows,
  };
}

const withIsoTime = ({ utc, ...recording }: StoredRecording): object => ({
  ...recording,
  ...(utc === undefined ? {} : { utc: new Date(utc).toISOString() }),
});

function annotationFilter(query: URLSearchParams): AnnotationFilter {
  const [recording, by, label] = [query.get("recording"), query.get("by"), query.get("label")];
  return {
    ...(recording === null ? {} : { recording }),
    ...(by === null ? {} : { by }),
    ...(label === null ? {} : { labels: [label] }),
  };
}

async function firstOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) if (list.push(item) === MOST_ROWS) break;
  return list;
}

async function bodyOf<S extends z.ZodType>(request: Request, schema: S): Promise<z.infer<S>> {
  let body: unknown;
  try {
    body = await request.json();
  } catch (cause) {
    throw new OrcaError("bad_option", "The body is no JSON.", { cause });
  }
  const { data, fault } = checked(schema, body);
  if (fault === undefined) return data;
  const { field, reason, unknown } = fault;
  throw new OrcaError("bad_option", `${field || "The body"}: ${reason}.`, { field: unknown ?? field });
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };
const withoutUndefined = <T extends object>(value: T): Defined<T> =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>;
