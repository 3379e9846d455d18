/**
 * onnxruntime-web against the kernels, side by side in one run: milliseconds a window in Node and in workerd, batches of
 * 1 and 8, with onnxruntime-node on one thread beside, and int8's share of fp32's time. The machine is never quiet, so
 * engines take turns and the median of the rounds' ratios counts.
 *
 *   node bench/nn/bench.ts [net,...] [node,workerd] [rounds]     or: npm run bench -- nets
 */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { kernelsEngine } from "../../src/nn/index.ts";
import { ortWebEngine } from "../../src/onnx/ort-web.ts";
import { fileChunks, fileLength, folder, kernelModules, makeFiles, ortWebModule } from "./files.ts";
import { ENGINES, type EngineName, NETS, windows } from "./nets.ts";
import { startWorkerd } from "./workerd.ts";

type NetName = Parameters<typeof makeFiles>[0][number];
/** Each measurement lasts about this long: a request's own millisecond or two must not count. */
const MILLISECONDS = 500;
/** The first are single runs; the others are as long as what counts: V8 optimises a function after much use only. */
const WARM_ROUNDS = 5;

/** Runs a net `repeat` times and says how many bytes its session holds. */
type Runner = (batch: number, repeat: number) => Promise<number>;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function flat(windows: readonly Float32Array[]): Float32Array {
  return Float32Array.from(windows.flatMap((window) => Array.from(window)));
}

async function compare(title: string, runners: ReadonlyMap<string, Runner>, rounds: number): Promise<void> {
  for (const batch of [1, 8]) {
    const times = new Map<string, number[]>();
    const repeats = new Map<string, number>();
    const memory = new Map<string, number>();
    const once = async (name: string, run: Runner) => {
      const repeat = repeats.get(name) ?? 1;
      const start = performance.now();
      memory.set(name, await run(batch, repeat));
      const each = (performance.now() - start) / repeat;
      repeats.set(name, Math.max(1, Math.round(MILLISECONDS / each)));
      return each / batch;
    };
    for (let warm = 0; warm < WARM_ROUNDS; warm++) for (const [name, run] of runners) await once(name, run);
    for (let round = 0; round < rounds; round++) {
      for (const [name, run] of runners) times.set(name, [...(times.get(name) ?? []), await once(name, run)]);
    }
    // Neighbours in time share the machine's other work: ratios are taken round by round.
    const ratio = (a: string, b: string) => {
      const [of, to] = [times.get(a) ?? [], times.get(b) ?? []];
      return median(of.map((value, round) => value / (to[round] ?? Number.NaN))).toFixed(2);
    };
    const cells = [...times].map(([name, values]) => {
      const megabytes = ((memory.get(name) ?? 0) / 1e6).toFixed(0);
      return `${name} ${median(values).toFixed(2)} ms (${ratio("ort", name)}x, ${megabytes} MB)`;
    });
    console.log(`${title.padEnd(18)} batch ${batch}: ${cells.join(" | ")} | int8 / fp32 ${ratio("int8", "fp32")}`);
  }
}

async function inNode(net: NetName, rounds: number): Promise<void> {
  const shape = NETS[net] as (typeof NETS)[string];
  const runners = new Map<string, Runner>();
  for (const name of ENGINES) {
    const engine = name === "ort" ? ortWebEngine(ortWebModule()) : kernelsEngine(kernelModules());
    const path = `${folder}/${net}-${name}.bin`;
    const session = await engine.load({ length: fileLength(path), chunks: fileChunks(path) }, shape);
    let input: readonly Float32Array[] = [];
    runners.set(name, async (batch, repeat) => {
      if (input.length !== batch) input = windows(batch, shape);
      for (let at = 0; at < repeat; at++) session.run(input);
      return session.memory;
    });
  }
  const native = await InferenceSession.create(readFileSync(`${folder}/${net}.onnx`), { intraOpNumThreads: 1 });
  let window: Tensor | undefined;
  runners.set("native", async (batch, repeat) => {
    if (window?.dims[0] !== batch) {
      window = new Tensor("float32", flat(windows(batch, shape)), [batch, ...shape.input.shape]);
    }
    for (let at = 0; at < repeat; at++) await native.run({ window });
    return 0;
  });
  await compare(`${net} node`, runners, rounds);
  await native.release();
}

/** One workerd an engine: an isolate holds one model at a time, as a Worker would. */
async function inWorkerd(net: NetName, rounds: number): Promise<void> {
  const servers = new Map<EngineName, Awaited<ReturnType<typeof startWorkerd>>>();
  try {
    for (const engine of ENGINES) servers.set(engine, await startWorkerd());
    const runners = [...servers].map(([engine, { url }]): [string, Runner] => [
      engine,
      async (batch, repeat) => {
        const response = await fetch(`${url}/?net=${net}&engine=${engine}&batch=${batch}&repeat=${repeat}`);
        if (!response.ok) throw new Error(`${engine}: ${await response.text()}`);
        return ((await response.json()) as { memory: number }).memory;
      },
    ]);
    await compare(`${net} workerd`, new Map(runners), rounds);
  } finally {
    for (const { stop } of servers.values()) stop();
  }
}

/** @param places  "node", "workerd" or both */
export async function benchNets(nets: readonly NetName[], places: string, rounds: number): Promise<void> {
  await makeFiles(nets);
  console.log(`${cpus()[0]?.model}, one core`);
  for (const net of nets) {
    if (places.includes("node")) await inNode(net, rounds);
    if (places.includes("workerd")) await inWorkerd(net, rounds);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [nets = "yamnet,humpback,vggish", places = "node,workerd", rounds = "5"] = process.argv.slice(2);
  await benchNets(nets.split(",") as NetName[], places, Number(rounds));
}
