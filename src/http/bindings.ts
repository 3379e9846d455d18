import type { CodecModules } from "../audio/index.ts";
import { ENGINES, type Engine } from "../engines/index.ts";
import { type Hydrophone, hydrophonesFrom } from "../live/index.ts";
import { type Bucket, bucketSource, type Fetcher, fetcherSource, ModelStore } from "../models/index.ts";
import type { WatchConfig } from "../watch/index.ts";
import {
  ClientLimits,
  type HostSettings,
  hostPolicy,
  type ProxySettings,
  reachedBy,
  type TokenSettings,
  tokenPolicy,
} from "./access/index.ts";
import { type ChoiceSettings, choicesFrom } from "./choices.ts";
import { type CollectionNamespace, CollectionService } from "./collections/index.ts";
import { type BundleBucket, bucketBundles, fetcherBundles } from "./files/index.ts";
import { givenFilesFrom, type ModelFileSettings } from "./given-files.ts";
import { type LimitSettings, limitsFrom } from "./limits.ts";
import { LiveService } from "./live/service.ts";
import { Metrics } from "./metrics.ts";
import { type OriginSettings, originPolicy } from "./origins.ts";
import type { Services } from "./services.ts";
import type { WatchSettings } from "./watches/bindings.ts";
import { WatchService } from "./watches/service.ts";
import { watchesFrom } from "./watches/setting.ts";

/** Bindings and vars of wrangler.toml. */
export interface Env
  extends LimitSettings,
    ChoiceSettings,
    OriginSettings,
    HostSettings,
    TokenSettings,
    ProxySettings,
    ModelFileSettings,
    WatchSettings {
  /** "none" for no line a request in the log. */
  readonly LOG?: string;
  /** The live hydrophones that may be followed, JSON (docs/live.md). */
  readonly HYDROPHONES?: string;
  /** Static assets with the models' pieces and the page, or a disk service in plain workerd. */
  readonly ASSETS?: Fetcher;
  /** An R2 bucket with the same files; where it is bound, it is used instead. */
  readonly MODELS?: Bucket;
  /** What stands in front of the files' names in that bucket; `models/` where it is left out. */
  readonly MODELS_PREFIX?: string;
  /** An R2 bucket with bundles for the projector; without it they are looked for among the static assets. */
  readonly BUNDLES?: BundleBucket;
  /** Durable Objects that keep collections; without them nothing is kept. */
  readonly COLLECTIONS?: CollectionNamespace;
}

/** The settings that are text, by name. */
export const SETTINGS: readonly string[] = [
  "VARIANT",
  "ENGINE",
  "ENGINES",
  "HYDROPHONES",
  "WATCHES",
  "MAX_MODEL_BYTES",
  "MAX_BODY_BYTES",
  "MAX_AUDIO_SECONDS",
  "IDLE_SECONDS",
  "MAX_STREAMS",
  "MAX_BUNDLE_WINDOWS",
  "CLIENT_STREAMS",
  "CLIENT_REQUESTS",
  "CLIENT_AUDIO_SECONDS",
  "ALLOWED_ORIGINS",
  "ALLOWED_HOSTS",
  "BEHIND_PROXY",
  "TOKENS",
  "LOG",
  "MODEL_FILES",
  "MODELS_PREFIX",
];

/** Throws `bad_option` for a setting that cannot be what it is; a Worker would say so at each request. */
export function checkSettings(settings: Readonly<Record<string, string>>): void {
  limitsFrom(settings);
  originPolicy(settings);
  hostPolicy(settings);
  tokenPolicy(settings);
  choicesFrom(settings, ENGINES);
  givenFilesFrom(settings);
  hydrophonesFrom(settings.HYDROPHONES);
  watchesFrom(settings.WATCHES);
}

/** What a Worker is built with. */
export interface Build {
  readonly kernels: WebAssembly.Module;
  readonly codecs: CodecModules;
  /** In the order in which `auto` tries them. */
  readonly engines: readonly Engine[];
}

/** The services of an isolate: made at the first request, because workerd gives the bindings only then. */
export function servicesOf({ kernels, codecs, engines }: Build): (env: Env) => Services {
  let services: Services | undefined;
  return (env) => {
    if (services !== undefined) return services;
    const limits = limitsFrom(env);
    const source = modelSource(env);
    const watched = watchesFrom(env.WATCHES);
    services = {
      source,
      modelFiles: givenFilesFrom(env),
      store: new ModelStore(source, engines, { memory: limits.modelBytes }),
      kernels,
      codecs,
      limits,
      origins: originPolicy(env),
      hosts: hostPolicy(env),
      tokens: tokenPolicy(env),
      clients: new ClientLimits(limits.client),
      reached: reachedBy(env),
      metrics: new Metrics(),
      log: env.LOG === "none" ? () => undefined : (line) => console.log(line),
      choices: choicesFrom(
        env,
        engines.map(({ id }) => id),
      ),
      streams: { active: 0, served: 0, windows: 0 },
      live: new LiveService(hydrophonesOf(env, watched), { kernels, codecs }),
      watches: watched === undefined || env.WATCH === undefined ? undefined : new WatchService(watched, env.WATCH),
      ...bundles(env),
      collections: env.COLLECTIONS === undefined ? undefined : new CollectionService(env.COLLECTIONS),
      page: env.ASSETS,
    };
    return services;
  };
}

/** What is watched may be listened to as well; HYDROPHONES says otherwise where it has the same name. */
function hydrophonesOf(env: Env, watched: WatchConfig | undefined): ReadonlyMap<string, Hydrophone> {
  const ones = (watched?.hydrophones ?? []).flatMap(({ name, title, place, licence, credit, source }) => {
    if (source === undefined) return [];
    const about = Object.entries({ place, licence, credit }).filter(([, value]) => value !== undefined);
    return [[name, { name, title, ...Object.fromEntries(about), source }] as const];
  });
  return new Map([...ones, ...hydrophonesFrom(env.HYDROPHONES)]);
}

function modelSource(env: Env) {
  if (env.MODELS !== undefined) return bucketSource(env.MODELS, env.MODELS_PREFIX);
  if (env.ASSETS !== undefined) return fetcherSource("static assets", env.ASSETS);
  throw new Error("Neither MODELS (R2) nor ASSETS is bound: see wrangler.toml.");
}

function bundles(env: Env): Pick<Services, "bundles"> {
  if (env.BUNDLES !== undefined) return { bundles: bucketBundles(env.BUNDLES) };
  return env.ASSETS === undefined ? {} : { bundles: fetcherBundles(env.ASSETS) };
}
