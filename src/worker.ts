/** The Worker: bindings to services, requests to routes. */
import ortModule from "onnxruntime-web/ort-wasm-simd-threaded.wasm";
import kernelModule from "../build/kernels.wasm";
import { createApp, type LimitSettings, limitsFrom, type Services } from "./http/index.ts";
import { type Bucket, bucketSource, type Fetcher, fetcherSource, ModelStore, ortWebEngine } from "./onnx/index.ts";

/** Bindings and vars of wrangler.toml. */
interface Env extends LimitSettings {
  /** Static assets with the models' pieces and the page, or a disk service in plain workerd. */
  readonly ASSETS?: Fetcher;
  /** An R2 bucket with the same files; where it is bound, it is used instead. */
  readonly MODELS?: Bucket;
}

let services: Services | undefined;

function servicesOf(env: Env): Services {
  services ??= {
    store: new ModelStore(modelSource(env), ortWebEngine(ortModule)),
    kernels: kernelModule,
    limits: limitsFrom(env),
    streams: { active: 0, served: 0, windows: 0 },
    page: env.ASSETS,
  };
  return services;
}

function modelSource(env: Env) {
  if (env.MODELS !== undefined) return bucketSource(env.MODELS);
  if (env.ASSETS !== undefined) return fetcherSource("static assets", env.ASSETS);
  throw new Error("Neither MODELS (R2) nor ASSETS is bound: see wrangler.toml.");
}

export default createApp<Env>(servicesOf);
