import { DEFAULT_OPTIONS, type EmbedOptions } from "../embed/index.ts";
import { OrcaError } from "../errors.ts";
import { jobKey } from "../jobs/index.ts";
import type { ModelEntry, ModelStore } from "../models/index.ts";
import { EMBEDDINGS, modelSettings } from "../options/index.ts";
import type { ListedObject, ObjectHead, SoundBucket } from "./bindings.ts";
import type { JobRequest } from "./job.ts";

/** What a recording gave. */
export interface Embedded {
  readonly windows: number;
  readonly seconds: number;
}

/** What the server runs where the job does not say. */
export interface Choices {
  readonly variant: string;
  readonly engine: string;
}

/** The result of one recording: where it lies, and how it is made. */
export interface Result {
  readonly target: string;
  /** The same for the same recording, model and choices, and for no others. */
  readonly id: string;
  /** The same for the same model and choices, whatever the recording. */
  readonly made: string;
  readonly entry: ModelEntry;
  readonly variant: string;
  readonly engine: string;
  readonly options: EmbedOptions;
}

export async function resultOf(
  { key, etag, size }: ListedObject,
  request: JobRequest,
  store: ModelStore,
  choices: Choices,
): Promise<Result> {
  const { model, scores, pcen, out } = request;
  const entry = await store.entry(model);
  const variant = request.variant ?? choices.variant;
  const { engine } = choices;
  const options: EmbedOptions = { ...DEFAULT_OPTIONS, scores, pcen };
  const settings = modelSettings(EMBEDDINGS, entry, { variant, engine, options });
  const looks = { format: "parquet", scores: String(scores) };
  const keyOf = (name: string, bytes: number, tag: string) =>
    jobKey({ name, bytes, etag: tag, modified: 0 }, model, settings, looks);
  const [id, made] = await Promise.all([keyOf(key, size, etag), keyOf("", 0, "")]);
  return { target: `${out}${key}.${model}.parquet`, id, made, entry, variant, engine, options };
}

/** What is there already: all of it done, another recording's or an older one's to be replaced, or nothing. */
export type There =
  | { readonly done: Embedded }
  | {
      readonly done?: undefined;
      /** The tag of what is to be replaced. */ readonly before: string | undefined;
    };

/** Looks whether a result is there. Throws `bad_option` where one was made with other choices: it is not replaced. */
export async function lookFor({ target, id, made }: Result, bucket: SoundBucket): Promise<There> {
  const there = await bucket.head(target);
  const { job, made: how, windows } = there?.customMetadata ?? {};
  // A long one does not say how many windows it has: it is made again where its delivery ended before it was counted.
  if (there !== null && job === id && windows !== undefined) return { done: embeddedOf(there) };
  if (how !== undefined && how !== made) {
    throw new OrcaError("bad_option", `${target} was made with other choices, by another job, and is not replaced.`, {
      field: "out",
      hint: "Give this job another out, or remove what is there and resume it.",
    });
  }
  return { before: there?.etag };
}

export function embeddedOf({ customMetadata = {} }: ObjectHead): Embedded {
  return { windows: Number(customMetadata.windows ?? 0), seconds: Number(customMetadata.seconds ?? 0) };
}

/** As an object's metadata say it. */
export const factsOf = ({ windows, seconds }: Embedded) => ({ windows: String(windows), seconds: String(seconds) });
