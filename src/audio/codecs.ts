import { OrcaError } from "../errors.ts";

/** Codecs beside PCM. */
export const CODECS = ["aac", "alac", "flac", "mp3", "vorbis", "opus"] as const;
export type Codec = (typeof CODECS)[number];

/** The codecs' WebAssembly modules, build/CODEC.wasm, compiled. What is not there cannot be read, and says so. */
export type CodecModules = Readonly<Partial<Record<Codec, WebAssembly.Module>>>;

/** The modules that reading needs: the kernels always, the codecs for the formats that have them. */
export interface ReadingModules {
  /** build/kernels.wasm */
  readonly kernels: WebAssembly.Module;
  readonly codecs?: CodecModules;
}

/** A codec's module; throws `unsupported_encoding` where it was not given. */
export function moduleOf(codecs: CodecModules, codec: Codec, byteOffset = 0): WebAssembly.Module {
  const module = codecs[codec];
  if (module !== undefined) return module;
  throw new OrcaError("unsupported_encoding", `This is ${codec.toUpperCase()}, whose decoder was not brought along.`, {
    byteOffset,
    hint: `Pass build/${codec}.wasm, compiled, as codecs.${codec}.`,
  });
}
