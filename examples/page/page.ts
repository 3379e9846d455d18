/**
 * Embeddings in a browser, without a server: the recording never leaves the machine. Beside index.html lie page.js
 *   npx esbuild page.ts --bundle --format=esm --loader:.wasm=file --outfile=page.js
 * and the models
 *   npx orca-embed models --out models
 * of which only what is asked for is fetched. A page that is to stay smooth does this in a web worker.
 */
import { extract, kernelsEngine, ModelStore, urlSource } from "orca-embeddings";
import flac from "orca-embeddings/flac.wasm";
import kernels from "orca-embeddings/kernels.wasm";
import relaxed from "orca-embeddings/nn-relaxed.wasm";
import simd from "orca-embeddings/nn-simd.wasm";

const compiled = (address: string) => WebAssembly.compileStreaming(fetch(new URL(address, import.meta.url)));
const engine = kernelsEngine({ relaxed: () => compiled(relaxed), simd: () => compiled(simd) });
const store = new ModelStore(urlSource(new URL("models/", import.meta.url)), engine);
const shown = document.querySelector("pre") as HTMLElement;

document.querySelector("input")?.addEventListener("change", async ({ target }) => {
  const [file] = (target as HTMLInputElement).files ?? [];
  if (file === undefined) return;
  const runtime = { kernels: await compiled(kernels), codecs: { flac: await compiled(flac) }, store };
  shown.textContent = "";
  try {
    const options = { runtime, variant: "int8", file: file.name, size: file.size };
    for await (const record of extract(file.stream(), "yamnet", options)) {
      if (record.type === "window") shown.append(`${record.start} s: ${record.embedding.slice(0, 4).join(" ")} …\n`);
      if (record.type === "summary") shown.append(`${record.windows} windows.\n`);
    }
  } catch (thrown) {
    shown.append(`${thrown instanceof Error ? thrown.message : thrown}\n`);
  }
});
