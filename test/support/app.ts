import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createApp, type Env, type Services, servicesOf } from "../../src/http/index.ts";
import { kernelsEngine } from "../../src/nn/index.ts";
import { codecModules, kernelModule } from "./runtime.ts";
import { assetsFolder } from "./test-models.ts";

const nets = Object.fromEntries(
  ["relaxed", "simd"].map((kind) => [
    kind,
    new WebAssembly.Module(readFileSync(new URL(`../../build/nn-${kind}.wasm`, import.meta.url))),
  ]),
) as { relaxed: WebAssembly.Module; simd: WebAssembly.Module };

/** The files of a folder, as workerd's disk service gives them. */
const folder = (path: string) => ({
  async fetch({ url }: Request) {
    const bytes = await readFile(join(path, new URL(url).pathname)).catch(() => undefined);
    return bytes === undefined ? new Response(null, { status: 404 }) : new Response(new Uint8Array(bytes));
  },
});

/** What a Worker's isolate has, in this process, with the seeded models and our own engine. @param env  settings of wrangler.toml */
export function testServices(env: Partial<Env> = {}): Services {
  const services = servicesOf({ kernels: kernelModule, codecs: codecModules, engines: [kernelsEngine(nets)] });
  return { ...services({ ASSETS: folder(assetsFolder), ...env }), log: () => undefined };
}

export interface TestApp {
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Lines of the log, parsed. */
  readonly log: readonly Record<string, unknown>[];
}

/** The HTTP interface in this process, with the seeded models and our own engine. @param env  settings of wrangler.toml */
export function testApp(env: Partial<Env> = {}): TestApp {
  const services = servicesOf({ kernels: kernelModule, codecs: codecModules, engines: [kernelsEngine(nets)] });
  const log: Record<string, unknown>[] = [];
  const all = { ASSETS: folder(assetsFolder), ...env };
  const app = createApp<Env>((given) => ({ ...services(given), log: (line) => void log.push(JSON.parse(line)) }));
  return {
    log,
    fetch: async (path, init) =>
      app.fetch(new Request(new URL(path, "http://localhost"), { duplex: "half", ...init } as RequestInit), all),
  };
}

/** A body that comes a little at a time, and may be cancelled (a Blob's own stream rejects then, where nobody hears it). */
export function inParts(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      if (at >= bytes.length) {
        controller.close();
        controller.byobRequest?.respond(0);
      } else controller.enqueue(bytes.slice(at, at + 20_000));
      at += 20_000;
    },
  });
}
