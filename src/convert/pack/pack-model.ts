import { OrcaError } from "../../errors.ts";
import { load } from "../../nn/loader.ts";
import { chooseModule, type KernelModules } from "../../nn/module.ts";
import { encodeHeader, FORMAT_VERSION, type PackedHeader, type Variant } from "../../nn/packed-format.ts";
import { KernelSession } from "../../nn/session.ts";
import { readOnnx } from "../../onnx/file/graph.ts";
import { chunksOf } from "./chunks.ts";
import { Emitter } from "./emitter.ts";
import { emitFloat32 } from "./float32.ts";
import { emitInt8, wantsWords } from "./int8.ts";
import { pixels } from "./layers.ts";
import { translate } from "./translate.ts";
import { padded } from "./weights.ts";

/** A packed model as it is written to a file. */
export interface PackedModel {
  readonly header: PackedHeader;
  readonly length: number;
  readonly parts: readonly Uint8Array[];
}

/**
 * Plans and packs an ONNX model for the kernels, and stores with it what they compute for one fixed window. Runs
 * wherever protobufjs does, which workerd is not. Throws `weights_invalid` for a graph that the kernels do not run.
 */
export async function packModel(onnx: Uint8Array, variant: Variant, modules: KernelModules): Promise<PackedModel> {
  const { header, constants } = plan(onnx, variant);
  const check = await selfCheck(header, constants, modules);
  return assemble({ ...header, check: check.byteLength }, [...constants, new Uint8Array(check.buffer)]);
}

/** The program and its constants, without the self-check. */
export function plan(onnx: Uint8Array, variant: Variant): { header: PackedHeader; constants: readonly Uint8Array[] } {
  const net = translate(readOnnx(onnx));
  const chunks = chunksOf(net.layers);
  const emit = new Emitter(net);
  for (let at = 0; at < net.layers.length; ) {
    const chunk = chunks[at] as number;
    if (variant === "fp32") at += emitFloat32(emit, net.layers, at, chunk);
    else emitInt8(emit, net.layers, at, chunk, wantsWords(net.layers, at++));
  }
  const { program } = emit;
  const outputs = net.outputs.map(({ name, tensor, channelsFirst }) => ({
    name,
    buffer: emit.bufferOf(tensor),
    pixels: pixels(tensor),
    channels: tensor.channels,
    pitch: padded(tensor.channels),
    channelsFirst,
  }));
  const header: PackedHeader = {
    version: FORMAT_VERSION,
    name: net.name,
    variant,
    window: net.window,
    input: emit.input,
    outputs,
    buffers: program.buffers,
    steps: program.steps,
    levels: program.levels,
    constants: program.constantBytes,
    check: 0,
  };
  return { header, constants: program.constants };
}

function assemble(header: PackedHeader, body: readonly Uint8Array[]): PackedModel {
  const parts = [encodeHeader(header), ...body];
  return { header, parts, length: parts.reduce((sum, part) => sum + part.length, 0) };
}

/** The check's window and its outputs, in the header's order. */
async function selfCheck(
  header: PackedHeader,
  constants: readonly Uint8Array[],
  modules: KernelModules,
): Promise<Float32Array<ArrayBuffer>> {
  const { length, parts } = assemble(header, constants);
  const { instance } = await load((await chooseModule(modules)).module, { length, chunks: each(parts) });
  const outputs = header.outputs.map(({ name, pixels, channels }) => ({ name, shape: [pixels * channels] }));
  const contract = { input: { name: "window", shape: header.window }, outputs };
  const window = checkWindow(header.window[0] * header.window[1]);
  const results = new KernelSession(header, instance, contract).run([window]);
  const check = Float32Array.from([window, ...results.values()].flatMap((values) => Array.from(values)));
  const bad = check.findIndex((value) => !Number.isFinite(value));
  if (bad === -1) return check;
  throw new OrcaError("weights_invalid", `${header.name} gives ${check[bad]} for an ordinary window.`, {
    hint: "Are the weights those of this net?",
  });
}

/** Numbers between -1 and 1 from a linear congruential generator: any picture that is not flat would do. */
function checkWindow(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

async function* each(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}
