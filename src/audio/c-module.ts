import { OrcaError } from "../errors.ts";

/** Functions that the module calls, by the letter of its import. */
type Imports = Readonly<Record<string, (...numbers: number[]) => number>>;

/** The letters of a module's exports that every C module has. */
export interface CNames {
  readonly memory: string;
  readonly start: string;
  readonly malloc: string;
}

/** Where C code would end the process. */
export function cExit(): never {
  throw new Error("the decoder gave up");
}

/** For what C code may call and has no part in decoding: timers, and growing a memory whose size is fixed. */
export function cNothing(): number {
  return 0;
}

/** For file calls: bad file descriptor. */
export function cNoFile(): number {
  return 8;
}

/**
 * A decoder written in C, in an instance of its own: its memory never grows, and goes when the instance goes. See
 * scripts/support/codecs.ts for where the modules come from.
 */
export class CModule {
  readonly #exports: Readonly<Record<string, WebAssembly.ExportValue>>;
  readonly #memory: WebAssembly.Memory;
  readonly #malloc: string;

  constructor(module: WebAssembly.Module, names: CNames, imports: Imports) {
    this.#exports = new WebAssembly.Instance(module, { a: { ...imports } }).exports;
    this.#memory = this.#exports[names.memory] as WebAssembly.Memory;
    this.#malloc = names.malloc;
    this.call(names.start);
  }

  /** Calls a function; throws `audio_malformed` where the C code fell over what it was given. */
  call(name: string, ...numbers: number[]): number {
    try {
      return (this.#exports[name] as (...numbers: number[]) => number)(...numbers);
    } catch (cause) {
      throw new OrcaError("audio_malformed", "The decoder broke down over this stream.", {
        cause,
        hint: "The stream is damaged in a way that its checksums do not show.",
      });
    }
  }

  /** Reserves `bytes` bytes. */
  alloc(bytes: number): number {
    const at = this.call(this.#malloc, bytes);
    if (at === 0) throw new OrcaError("internal", `The decoder has no ${bytes} bytes of memory left.`);
    return at;
  }

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, at, length);
  }

  words(at: number, length: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, at, length);
  }

  floats(at: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, at, length);
  }
}
