/**
 * Runs single stages in workerd: GET /STAGE?seconds=N, and POST /?times=N decodes the body. Time is taken outside, by the
 * request's length.
 */
import aac from "../build/aac.wasm";
import alac from "../build/alac.wasm";
import flac from "../build/flac.wasm";
import kernels from "../build/kernels.wasm";
import mp3 from "../build/mp3.wasm";
import opus from "../build/opus.wasm";
import vorbis from "../build/vorbis.wasm";
import { decodeFile } from "./decoding.ts";
import { runStage, STAGES } from "./stages.ts";

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === "POST") {
      const file = new Uint8Array(await request.arrayBuffer());
      const codecs = { aac, alac, flac, mp3, opus, vorbis };
      return new Response(String(decodeFile(file, Number(searchParams.get("times")), { kernels, codecs })));
    }
    const stage = STAGES.find((name) => pathname === `/${name}`);
    if (stage === undefined) return new Response("0");
    return new Response(String(runStage(stage, kernels, Number(searchParams.get("seconds")))));
  },
};
