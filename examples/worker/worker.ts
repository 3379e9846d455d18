/** A Worker of your own: POST a recording, and YAMNet's windows come back as they are made. */
import { extract, fetcherSource, kernelsEngine, ModelStore, RecordWriter } from "orca-embeddings";
import flac from "orca-embeddings/flac.wasm";
import kernels from "orca-embeddings/kernels.wasm";
import relaxed from "orca-embeddings/nn-relaxed.wasm";
import simd from "orca-embeddings/nn-simd.wasm";

interface Env {
  readonly ASSETS: { fetch(request: Request): Promise<Response> };
}

/** One an isolate: it loads each model once. */
let store: ModelStore | undefined;

export default {
  async fetch({ body }: Request, env: Env): Promise<Response> {
    if (body === null) return new Response("POST a recording.\n");
    store ??= new ModelStore(fetcherSource("static assets", env.ASSETS), kernelsEngine({ relaxed, simd }));
    const records = extract(body, "yamnet", { runtime: { kernels, codecs: { flac }, store } })[Symbol.asyncIterator]();
    const writer = new RecordWriter("base64");
    const text = new TextEncoder();
    const lines = new ReadableStream<Uint8Array>({
      async pull(controller) {
        try {
          const { done, value } = await records.next();
          if (done) controller.close();
          else controller.enqueue(text.encode(writer.write(value)));
        } catch (thrown) {
          controller.error(thrown);
        }
      },
      cancel: async () => void (await records.return?.()),
    });
    return new Response(lines, { headers: { "content-type": "application/x-ndjson" } });
  },
};
