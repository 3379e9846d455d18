/**
 * Where a packed net's time goes: milliseconds a window and multiplications a nanosecond of each of its steps, in Node.
 * workerd's clock stands still, but `--wasm-enforce-bounds-checks` makes Node compile as workerd does.
 *
 *   node --no-liftoff --wasm-enforce-bounds-checks bench/nn/layers.ts [net] [batch] [variant] [runs]
 */
import { CALLS, type KernelName } from "../../src/nn/calls.ts";
import { load } from "../../src/nn/loader.ts";
import { chooseModule, type KernelInstance } from "../../src/nn/module.ts";
import { KernelSession } from "../../src/nn/session.ts";
import { fileChunks, fileLength, folder, kernelModules, makeFiles } from "./files.ts";
import { NETS, windows } from "./nets.ts";

type NetName = Parameters<typeof makeFiles>[0][number];
const [net = "yamnet", batchText = "8", variant = "fp32", runsText = "40"] = process.argv.slice(2);
const [batch, runs] = [Number(batchText), Number(runsText)];
const shape = NETS[net] as (typeof NETS)[string];

type Fields = Readonly<Record<string, number>>;

/** Multiplications of a call, where the kernel is one that multiplies, and what tells its shape. */
const WORK: Readonly<Record<string, (call: Fields) => { work: number; label: string }>> = {
  gemm: ({ rows, n, k }) => product(rows, n, k),
  // Of the plain form: Strassen's own are seven eighths.
  strassen: ({ rows, n, k }) => product(rows, n, k),
  gemmInt8: ({ rows, n, segments = 0, length = 0, words = 0 }) => product(rows, n, segments * (length >> words)),
  // Of the direct form: Winograd's own are a quarter.
  conv3x3Int8: ({ rows, n, segments = 0, length = 0 }) => product(rows, n, segments * length),
  dense: ({ rows, n, k }) => product(rows, n, k),
  stem: convolution,
  depthwise3x3: taps,
  depthwise3x3Half: taps,
  // Of the direct form: Winograd's own are fewer.
  winograd: (call) => convolution({ ...call, outHeight: call.height ?? 0, outWidth: call.width ?? 0 }),
  convAny: convolution,
};

function product(m = 0, n = 0, k = 0) {
  return { work: m * n * k, label: `${m} x ${n} x ${k}` };
}

function convolution({ batch = 0, channels = 0, outHeight = 0, outWidth = 0, outChannels, ...call }: Fields) {
  const { kernelHeight = 0, kernelWidth = 0 } = call;
  return product(batch * outHeight * outWidth, outChannels, kernelHeight * kernelWidth * channels);
}

function taps({ batch = 0, height = 0, width = 0, channels = 0, outHeight = 0, outWidth = 0 }: Fields) {
  return {
    work: 9 * batch * outHeight * outWidth * channels,
    label: `${batch * height} x ${width} x ${channels}`,
  };
}

interface StepTime {
  readonly name: string;
  label: string;
  work: number;
  milliseconds: number;
}

const steps: StepTime[] = [];

/** The same kernels; each call is added to its step's time. */
function timed(instance: KernelInstance): KernelInstance {
  return {
    memory: instance.memory,
    kernel(name) {
      const kernel = instance.kernel(name);
      const step: StepTime = { name, label: "", work: 0, milliseconds: 0 };
      steps.push(step);
      const fields = CALLS[name as KernelName];
      return (call = 0) => {
        const words = new Int32Array(instance.memory.buffer, call, fields.length);
        const values = Object.fromEntries(fields.map((field, at) => [field, words[at] as number]));
        const { work, label } = WORK[name]?.(values) ?? { work: 0, label: "" };
        const start = performance.now();
        const result = kernel(call);
        step.milliseconds += performance.now() - start;
        step.work += work;
        step.label = label;
        return result;
      };
    },
  };
}

await makeFiles([net as NetName]);
const path = `${folder}/${net}-${variant}.bin`;
const { module } = await chooseModule(kernelModules());
const { header, instance } = await load(module, { length: fileLength(path), chunks: fileChunks(path) });
const session = new KernelSession(header, timed(instance), shape);
const input = windows(batch, shape);
for (let warm = 0; warm < 10; warm++) session.run(input);
for (const step of steps) Object.assign(step, { work: 0, milliseconds: 0 });
const start = performance.now();
for (let run = 0; run < runs; run++) session.run(input);
const all = performance.now() - start;
const perWindow = runs * batch;
for (const { name, label, work, milliseconds } of steps) {
  const rate = work === 0 ? "" : (work / milliseconds / 1e6).toFixed(1);
  const share = ((100 * milliseconds) / all).toFixed(1);
  console.log(
    `${name.padEnd(18)} ${label.padEnd(18)} ${(milliseconds / perWindow).toFixed(4).padStart(9)} ms ${share.padStart(5)} % ${rate.padStart(6)}`,
  );
}
const kernels = steps.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
console.log(`kernels ${(kernels / perWindow).toFixed(3)} ms a window of ${(all / perWindow).toFixed(3)} ms`);
