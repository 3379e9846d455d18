import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const build = fileURLToPath(new URL("../../build/", import.meta.url));

/**
 * Decoders that others build and keep well. Their packages carry the WebAssembly module as text and compile it when they
 * run, which workerd does not allow; so the build takes the module out, and src/audio/ has faces of its own for it. These
 * faces know the functions by the one-letter names of just this build: the hash says that it is still the same.
 */
const CODECS = [
  // libvorbis, BSD-3-Clause, in a wrapper under MIT.
  {
    name: "vorbis",
    from: "@wasm-audio-decoders/ogg-vorbis",
    sha256: "fc062044fde03dfbe64db152fb4a9301636917f7ebf207bc1137debb11df4481",
  },
  // libopus, BSD-3-Clause, in a wrapper under MIT.
  { name: "opus", from: "opus-decoder", sha256: "8b67eda2a46e478f65c24c467dae9eac26293efae6484bfe762b9d1086058b4b" },
  // libmpg123, LGPL-2.1, in a wrapper under MIT: a module of its own that can be replaced by another build of it.
  { name: "mp3", from: "mpg123-decoder", sha256: "f0e9e8848367320ccb757e4092f0d6809668cfe38f43139d47b447151d7dff6b" },
] as const;

interface Inflater {
  new (): unknown;
  inflateDynEncodeString(text: string): Promise<Uint8Array>;
}

/** Writes build/vorbis.wasm, build/opus.wasm and build/mp3.wasm out of the installed packages. */
export async function extractCodecs(): Promise<void> {
  await mkdir(build, { recursive: true });
  for (const { name, from, sha256 } of CODECS) {
    const bytes = await moduleOf(from);
    const found = createHash("sha256").update(bytes).digest("hex");
    if (found !== sha256) {
      throw new Error(`${from} brings another module (${found}) than src/audio/${name}/ was written for: npm ci?`);
    }
    const path = join(build, `${name}.wasm`);
    // Whoever reads the one that is there must not find half of it.
    const there = await readFile(path).catch(() => undefined);
    if (there === undefined || !there.equals(bytes)) await writeFile(path, bytes);
  }
}

async function moduleOf(name: string): Promise<Uint8Array> {
  const folder = dirname(createRequire(import.meta.url).resolve(name));
  const load = async (path: string) => import(pathToFileURL(path).href);
  const common = createRequire(join(folder, "index.js")).resolve("@wasm-audio-decoders/common");
  const { WASMAudioDecoderCommon: Common } = (await load(common)) as { WASMAudioDecoderCommon: Inflater };
  // The first instance gives the class its functions.
  new Common();
  const { default: factory } = (await load(join(folder, "src/EmscriptenWasm.js"))) as {
    default: { new (common: unknown): unknown; readonly wasm?: string };
  };
  try {
    // Sets `wasm` and goes on to look for a module, which is of no use here.
    new factory(Common);
  } catch {}
  if (factory.wasm === undefined) throw new Error(`${name} carries no module where it used to.`);
  return Common.inflateDynEncodeString(factory.wasm);
}
