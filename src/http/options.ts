import type { EmbedOptions } from "../embed/index.ts";
import { OrcaError } from "../errors.ts";
import {
  ANY_CHOICE,
  BUNDLE,
  type Choices,
  chosenEngine,
  EMBEDDINGS,
  embedOptions,
  HYDROPHONE,
  type OptionSet,
  rawFormat,
  readOptions,
  type Texts,
  type ValuesOf,
  type Words,
  wordsOf,
} from "../options/index.ts";
import type { Encoding } from "../records/index.ts";
import type { HeadsRequest } from "./heads.ts";
import { linearPcm } from "./linear-pcm.ts";

export interface NetRequest {
  readonly model: string;
  readonly variant: string;
  readonly engine: string;
  readonly options: EmbedOptions;
}

export interface EmbeddingsRequest extends NetRequest, HeadsRequest {
  readonly encoding: Encoding;
  /** Where windows are kept. */
  readonly collection?: string | undefined;
}

export interface LiveRequest extends EmbeddingsRequest {
  /** Segments before the live edge to begin with. */
  readonly back: number;
  /** Whether the sound is wanted as well. */
  readonly audio: boolean;
}

export interface BundleRequest extends NetRequest {
  /** Pixels a side of a window's picture. */
  readonly thumbnail: number;
}

/** How a query's options are spoken of. */
const WORDS: Words = {
  said: (name, text) => `${name}=${JSON.stringify(text)}`,
  bare: (name) => `${name}=`,
  unfit(option, text, issue) {
    const { name, takes } = option;
    const said = WORDS.said(name, text);
    if (takes.kind === "names") {
      const hint = `Use ${takes.words.replaceAll("`", "")}.`;
      return new OrcaError("bad_option", `${said} is not known.`, { field: name, hint });
    }
    return new OrcaError("bad_option", `${said} cannot be used: ${issue}.`, {
      field: name,
      hint: `It takes ${wordsOf(takes).replaceAll("`", "")}. GET /openapi.json describes every option.`,
    });
  },
};

/**
 * The query of POST /v1/embeddings and the Content-Type as options; throws `bad_option`, `unknown_model`.
 * @param choices  what holds where the query names no variant or engine, and what it may name
 */
export function embeddingsRequest(query: Texts, contentType: string, choices: Choices = ANY_CHOICE): EmbeddingsRequest {
  const values = valuesOf(EMBEDDINGS, query);
  const raw = rawFormat(values, WORDS.bare, linearPcm(contentType));
  const { encoding, collection } = values;
  return {
    ...net(values, choices),
    ...headsOf(values),
    encoding,
    collection,
    options: embedOptions(EMBEDDINGS, values, raw),
  };
}

/** The query of GET /v1/hydrophones/{name}/embeddings; throws `bad_option`, `unknown_model`. */
export function liveRequest(query: Texts, choices: Choices): LiveRequest {
  const values = valuesOf(HYDROPHONE, query, (stray) => ({
    message: `${stray}= is for recordings that are sent; a hydrophone has its own.`,
    hint: `Leave ${stray}= away.`,
  }));
  const { encoding, back, audio } = values;
  return {
    ...net(values, choices),
    ...headsOf(values),
    encoding,
    back,
    audio,
    options: embedOptions(HYDROPHONE, values),
  };
}

/** The query of POST /v1/projector and the Content-Type; throws `bad_option`, `unknown_model`. */
export function bundleRequest(query: Texts, contentType: string, choices: Choices): BundleRequest {
  const values = valuesOf(BUNDLE, query, (stray) => ({ message: `A bundle has no ${stray}=.`, hint: known(BUNDLE) }));
  const raw = rawFormat(values, WORDS.bare, linearPcm(contentType));
  const options = { ...embedOptions(BUNDLE, values, raw), scores: true, spectrogram: true };
  return { ...net(values, choices), thumbnail: values.thumbnail, options };
}

/**
 * An option that is not known is an error, not a typing mistake in silence.
 * @param elsewhere  what is said of an option that POST /v1/embeddings has, and this route has not
 */
function valuesOf<S extends OptionSet>(
  set: S,
  query: Texts,
  elsewhere?: (name: string) => { readonly message: string; readonly hint: string },
): ValuesOf<S> {
  const has = (all: OptionSet, name: string) => Object.values(all).some((option) => option.name === name);
  const stray = Object.keys(query).find((name) => query[name] !== undefined && !has(set, name));
  if (stray === undefined) return readOptions(set, query, WORDS);
  const { message, hint } = (has(EMBEDDINGS, stray) ? elsewhere?.(stray) : undefined) ?? {
    message: `There is no option ${JSON.stringify(stray)}.`,
    hint: known(set),
  };
  throw new OrcaError("bad_option", message, { field: stray, hint });
}

const known = (set: OptionSet) =>
  `Options are: ${Object.values(set)
    .map(({ name }) => name)
    .join(", ")}.`;

const headsOf = ({ heads, detect, site, events }: HeadsRequest): HeadsRequest => ({ heads, detect, site, events });

function net(
  { model, variant, engine }: Pick<ValuesOf<typeof EMBEDDINGS>, "model" | "variant" | "engine">,
  choices: Choices,
) {
  return { model, variant: variant ?? choices.variant, engine: chosenEngine(engine, choices) };
}
