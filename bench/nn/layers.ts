/**
 * Where a packed net's time goes: milliseconds a window and multiplications a nanosecond of each of its steps, in Node.
 * workerd's clock stands still, but `--wasm-enforce-bounds-checks` makes Node compile as workerd does.
 *
 *   node --no-liftoff --wasm-enforce-bounds-checks bench/nn/layers.ts [net] [batch] [variant] [runs]
 */
import { load } from "../../src/nn/loader.ts";
import { chooseModule, type KernelInstance } from "../../src/nn/module.ts";
import { KernelSession } from "../../src/nn/session.ts";
import { fileChunks, fileLength, folder, kernelModules, makeFiles } from "./files.ts";
import { NETS, windows } from "./nets.ts";

type NetName = Parameters<typeof makeFiles>[0][number];
const [net = "yamnet", batchText = "8", variant = "fp32", runsText = "40"] = process.argv.slice(2);
const [batch, runs] = [Number(batchText), Number(runsText)];
const shape = NETS[net] as (typeof NETS)[string];

/** Multiplications of a call, where the kernel is one that multiplies, and what tells its shape. */
const WORK: Readonly<Record<string, (args: readonly number[]) => { work: number; label: string }>> = {
  gemm: (a) => product(a[5], a[6], a[7]),
  // Of the plain form: Strassen's own are seven eighths.
  strassen: (a) => product((a[5] ?? 0) * (a[6] ?? 0), a[7], a[8]),
  gemmInt8: (a) => product(a[2], a[4], (a[5] ?? 0) * ((a[6] ?? 0) >> (a[16] ?? 0))),
  dense: (a) => product(a[4], a[5], a[6]),
  stem: (a) => product((a[1] ?? 0) * (a[15] ?? 0) * (a[16] ?? 0), a[17], (a[11] ?? 0) * (a[12] ?? 0)),
  depthwise3x3: (a) => taps(a, 1),
  depthwise3x3Half: (a) => taps(a, 4),
  // Of the direct form: Winograd's own are fewer.
  winograd: (a) => product((a[5] ?? 0) * (a[6] ?? 0) * (a[7] ?? 0), a[9], 9 * (a[8] ?? 0)),
  convAny: (a) => product((a[5] ?? 0) * (a[15] ?? 0) * (a[16] ?? 0), a[17], (a[8] ?? 0) * (a[9] ?? 0) * (a[10] ?? 0)),
};

function product(m = 0, n = 0, k = 0) {
  return { work: m * n * k, label: `${m} x ${n} x ${k}` };
}

function taps([, , , , images = 0, height = 0, width = 0, channels = 0]: readonly number[], fewer: number) {
  return {
    work: (9 * images * height * width * channels) / fewer,
    label: `${images * height} x ${width} x ${channels}`,
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
      return (...args) => {
        const { work, label } = WORK[name]?.(args) ?? { work: 0, label: "" };
        const start = performance.now();
        const result = kernel(...args);
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
