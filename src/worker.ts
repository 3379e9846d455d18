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
import { collectionObject, createApp, type Env, servicesOf } from "./http/index.ts";
import { kernelsEngine } from "./nn/index.ts";

/** What keeps a collection: wrangler.toml binds it. */
export const CollectionObject = collectionObject(vectors);

export default createApp<Env>(
  servicesOf({
    kernels,
    codecs: { aac, alac, flac, mp3, opus, vorbis },
    engines: [kernelsEngine({ relaxed, simd }), ...onnxEngines],
  }),
);
