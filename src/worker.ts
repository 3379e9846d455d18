/** The Worker: bindings to services, requests to routes. */
import ortModule from "onnxruntime-web/ort-wasm-simd-threaded.wasm";
import aac from "../build/aac.wasm";
import flac from "../build/flac.wasm";
import kernels from "../build/kernels.wasm";
import mp3 from "../build/mp3.wasm";
import opus from "../build/opus.wasm";
import vorbis from "../build/vorbis.wasm";
import {
  type BundleBucket,
  bucketBundles,
  createApp,
  fetcherBundles,
  type LimitSettings,
  limitsFrom,
  type Services,
} from "./http/index.ts";
import {
  type Bucket,
  bucketSource,
  DEFAULT_VARIANT,
  type Fetcher,
  fetcherSource,
  ModelStore,
  ortWebEngine,
} from "./onnx/index.ts";

/** Bindings and vars of wrangler.toml. */
interface Env extends LimitSettings {
  /** The variant of requests that name none. */
  readonly VARIANT?: string;
  /** Static assets with the models' pieces and the page, or a disk service in plain workerd. */
  readonly ASSETS?: Fetcher;
  /** An R2 bucket with the same files; where it is bound, it is used instead. */
  readonly MODELS?: Bucket;
  /** What stands in front of the files' names in that bucket; `models/` where it is left out. */
  readonly MODELS_PREFIX?: string;
  /** An R2 bucket with bundles for the projector; without it they are looked for among the static assets. */
  readonly BUNDLES?: BundleBucket;
}

let services: Services | undefined;

function servicesOf(env: Env): Services {
  services ??= {
    store: new ModelStore(modelSource(env), ortWebEngine(ortModule)),
    kernels,
    codecs: { aac, flac, mp3, opus, vorbis },
    limits: limitsFrom(env),
    variant: env.VARIANT || DEFAULT_VARIANT,
    streams: { active: 0, served: 0, windows: 0 },
    ...bundles(env),
    page: env.ASSETS,
  };
  return services;
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

export default createApp<Env>(servicesOf);
