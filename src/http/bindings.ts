import type { CodecModules } from "../audio/index.ts";
import type { Engine } from "../engines/index.ts";
import { hydrophonesFrom } from "../live/index.ts";
import { type Bucket, bucketSource, type Fetcher, fetcherSource, ModelStore } from "../models/index.ts";
import { type ChoiceSettings, choicesFrom } from "./choices.ts";
import { type BundleBucket, bucketBundles, fetcherBundles } from "./files/index.ts";
import { type LimitSettings, limitsFrom } from "./limits.ts";
import { LiveService } from "./live/service.ts";
import { type OriginSettings, originPolicy } from "./origins.ts";
import type { Services } from "./services.ts";

/** Bindings and vars of wrangler.toml. */
export interface Env extends LimitSettings, ChoiceSettings, OriginSettings {
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
    services = {
      store: new ModelStore(modelSource(env), engines, { memory: limits.modelBytes }),
      kernels,
      codecs,
      limits,
      origins: originPolicy(env),
      choices: choicesFrom(
        env,
        engines.map(({ id }) => id),
      ),
      streams: { active: 0, served: 0, windows: 0 },
      live: new LiveService(hydrophonesFrom(env.HYDROPHONES), { kernels, codecs }),
      ...bundles(env),
      page: env.ASSETS,
    };
    return services;
  };
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
