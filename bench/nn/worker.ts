/**
 * The measured side in workerd: loads a net with an engine, and runs it as often as asked. The clock is the client's,
 * because workerd's own stands still during computation.
 */

import ortModule from "onnxruntime-web/ort-wasm-simd-threaded.wasm";
import relaxed from "../../build/nn-relaxed.wasm";
import simd from "../../build/nn-simd.wasm";
import type { Session } from "../../src/engines/index.ts";
import { kernelsEngine } from "../../src/nn/engine.ts";
import { ortWebEngine } from "../../src/onnx/ort-web.ts";
import { NETS, windows } from "./nets.ts";

interface Environment {
  readonly FILES: { fetch(url: string): Promise<Response> };
}

let current: { readonly key: string; readonly session: Session } | undefined;
/** Made once: making eight took a fortieth of the time that the fastest net needs for them. */
let input: readonly Float32Array[] = [];

export default {
  async fetch(request: Request, { FILES }: Environment): Promise<Response> {
    const query = new URL(request.url).searchParams;
    const [net = "", engine = "", batch = 1, repeat = 1] = [
      query.get("net") ?? "",
      query.get("engine") ?? "",
      Number(query.get("batch")),
      Number(query.get("repeat")),
    ];
    const contract = NETS[net];
    if (contract === undefined) return new Response("no such net", { status: 404 });
    const key = `${net}-${engine}`;
    if (current?.key !== key) {
      const response = await FILES.fetch(`http://files/${key}.bin`);
      const runtime = engine === "ort" ? ortWebEngine(ortModule) : kernelsEngine({ relaxed, simd });
      const bytes = { length: Number(response.headers.get("content-length")), chunks: chunksOf(response) };
      current = { key, session: await runtime.load(bytes, contract) };
      input = [];
    }
    if (input.length !== batch) input = windows(batch, contract);
    let sum = 0;
    for (let at = 0; at < repeat; at++) sum += (await current.session.run(input)).get("embedding")?.[0] ?? 0;
    return Response.json({ memory: current.session.memory, sum });
  },
};

async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
}
