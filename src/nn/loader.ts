import { type ArtefactBytes, type NetContract, sizeOf } from "../engines/index.ts";
import { OrcaError } from "../errors.ts";
import { growTo, instantiate, type KernelInstance } from "./module.ts";
import { decodeHeader, FIXED_BYTES, headerLength, type PackedHeader } from "./packed-format.ts";
import { CONSTANTS_AT, KernelSession } from "./session.ts";

/** How far fp32 results may lie from the stored ones, of the largest: fused and unfused sums differ by rounding. */
export const FP32_TOLERANCE = 1e-5;

/** A packed model in an instance's memory, with the numbers of its self-check. */
export interface Loaded {
  readonly header: PackedHeader;
  readonly instance: KernelInstance;
  /** The check's window and its outputs in the header's order, one after the other. */
  readonly check: Float32Array;
}

/**
 * Takes a packed model from its bytes, however they are cut: the constants go straight to where the kernels read them.
 * Throws `model_damaged` or `engine_failed`.
 */
export async function load(module: WebAssembly.Module, bytes: ArtefactBytes): Promise<Loaded> {
  const start = new Filler(new Uint8Array(FIXED_BYTES));
  let json: Filler | undefined;
  let constants: Filler | undefined;
  let check: Filler | undefined;
  let header: PackedHeader | undefined;
  const instance = instantiate(module);
  let seen = 0;
  for await (const chunk of bytes.chunks) {
    seen += chunk.length;
    let rest = start.take(chunk);
    if (start.full && json === undefined) json = new Filler(new Uint8Array(headerLength(start.target)));
    if (json !== undefined) rest = json.take(rest);
    if (json?.full && header === undefined) {
      header = decodeHeader(json.target);
      growTo(instance.memory, CONSTANTS_AT + header.constants);
      constants = new Filler(new Uint8Array(instance.memory.buffer, CONSTANTS_AT, header.constants));
      check = new Filler(new Uint8Array(header.check));
    }
    if (constants !== undefined) rest = constants.take(rest);
    if (check !== undefined) rest = check.take(rest);
    if (rest.length > 0) {
      throw new OrcaError("model_damaged", `The packed model goes on after its end at byte ${seen - rest.length}.`);
    }
  }
  if (header === undefined || check === undefined || !check.full || !constants?.full) {
    throw new OrcaError("model_damaged", `The packed model ended at byte ${seen} of ${bytes.length}.`);
  }
  return { header, instance, check: new Float32Array(check.target.buffer) };
}

/** A target that is filled by pieces. */
class Filler {
  readonly target: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(target: Uint8Array<ArrayBuffer>) {
    this.target = target;
  }

  get full(): boolean {
    return this.#at === this.target.length;
  }

  /** Takes what it needs and gives back the rest. */
  take(chunk: Uint8Array): Uint8Array {
    const mine = chunk.subarray(0, this.target.length - this.#at);
    this.target.set(mine, this.#at);
    this.#at += mine.length;
    return chunk.subarray(mine.length);
  }
}

/**
 * A session that has shown that it computes what the packed model says that it must: bit for bit for int8, within
 * FP32_TOLERANCE for fp32. Throws `engine_failed` if not, `model_damaged` where the model is of another shape.
 */
export function checkedSession({ header, instance, check }: Loaded, contract: NetContract): KernelSession {
  checkContract(header, contract);
  const session = new KernelSession(header, instance, contract);
  const size = header.window[0] * header.window[1];
  const got = session.run([check.subarray(0, size)]);
  let at = size;
  for (const { name, pixels, channels } of header.outputs) {
    const end = at + pixels * channels;
    const values = got.get(name);
    if (values !== undefined) compare(name, header, values, check.subarray(at, end));
    at = end;
  }
  return session;
}

function checkContract({ window, outputs, name }: PackedHeader, { input, outputs: wanted }: NetContract): void {
  const wrong = (what: string) =>
    new OrcaError("model_damaged", `The packed model ${name} ${what}.`, { hint: "Pack it again." });
  const size = sizeOf(input);
  if (window[0] * window[1] !== size) {
    throw wrong(`takes ${window.join(" x ")} numbers, and ${input.shape.join(" x ")} are what the model's input has`);
  }
  for (const tensor of wanted) {
    const output = outputs.find((candidate) => candidate.name === tensor.name);
    const count = output === undefined ? 0 : output.pixels * output.channels;
    if (count === sizeOf(tensor)) continue;
    throw wrong(`gives ${count} numbers as ${tensor.name}, and ${sizeOf(tensor)} are what the model has`);
  }
}

function compare(what: string, header: PackedHeader, got: Float32Array, wanted: Float32Array): void {
  const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const allowed = header.variant === "int8" ? 0 : FP32_TOLERANCE * largest;
  const bad = got.findIndex((value, i) => !(Math.abs(value - (wanted[i] as number)) <= allowed));
  if (bad === -1 && got.length === wanted.length) return;
  throw new OrcaError(
    "engine_failed",
    `The self-check of ${header.name} (${header.variant}) failed: ${what}[${bad}] is ${got[bad]}, not ${wanted[bad]}.`,
    { hint: "This machine computes other numbers than the one that packed the model; use the ort engine." },
  );
}
