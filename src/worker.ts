/** The Worker: compiled modules to services, requests to routes. */

import { onnxEngines } from "#worker-engines";
import aac from "../build/aac.wasm";
import alac from "../build/alac.wasm";
import flac from "../build/flac.wasm";
import kernels from "../build/kernels.wasm";
import mp3 from "../build/mp3.wasm";
import relaxed from "../build/nn-relaxed.wasm";
import simd from "../build/nn-simd.wasm";
import opus from "../build/opus.wasm";
import vectors from "../build/vectors.wasm";
import vorbis from "../build/vorbis.wasm";
import { collectionObject, createApp, type Env, servicesOf, wakeAll, waking, watchObject } from "./http/index.ts";
import { kernelsEngine } from "./nn/index.ts";

/** What keeps a collection: wrangler.toml binds it. */
export const CollectionObject = collectionObject(vectors);

const services = servicesOf({
  kernels,
  codecs: { aac, alac, flac, mp3, opus, vorbis },
  engines: [kernelsEngine({ relaxed, simd }), ...onnxEngines],
});
const app = createApp<Env>(services);
const wake = waking<Env>(services);

/** What watches a hydrophone: wrangler.toml binds it. */
export const WatchObject = watchObject<Env>(services);

export default {
  fetch(request: Request, env: Env, context: Parameters<typeof app.fetch>[2] & Parameters<typeof wake>[1]) {
    wake(env, context);
    return app.fetch(request, env, context);
  },
  /** By a cron trigger: where nobody ever asks for anything. */
  scheduled: (_event: unknown, env: Env) => wakeAll(services, env),
};
