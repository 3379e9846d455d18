import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { layOutAssets } from "../src/cli/workerd/assets.ts";
import { workerdPath, writeWorkerdBundle } from "../src/cli/workerd/bundle.ts";
import { MODELS_FOLDER } from "../src/runtime.node.ts";
import { orcaScene, SCENE_RATE, wav16 } from "../src/sample/index.ts";
import { table } from "./support/measure.ts";

const ROUNDS = 7;

/** Each with YAMNet: the reference, the kernels in the same Worker and in the one without onnxruntime-web. */
const FORMS = [
  { name: "ort fp32", kernelsOnly: false, query: "engine=ort" },
  { name: "kernels fp32", kernelsOnly: false, query: "engine=kernels" },
  { name: "kernels int8", kernelsOnly: false, query: "engine=kernels&variant=int8" },
  { name: "kernels fp32, built kernels-only", kernelsOnly: true, query: "" },
  { name: "kernels int8, built kernels-only", kernelsOnly: true, query: "variant=int8" },
] as const;

/** From the start of a workerd process to YAMNet's first window, as an operator's first client sees it. */
export async function benchColdStart(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "orca-cold-"));
  try {
    const assets = join(folder, "assets");
    await layOutAssets(MODELS_FOLDER, assets);
    const configs = new Map<boolean, string>();
    for (const kernelsOnly of [false, true]) {
      const vars: Record<string, string> = kernelsOnly ? {} : { ENGINES: "ort,kernels" };
      const into = { folder: join(folder, String(kernelsOnly)), assets, address: "127.0.0.1:0", vars, kernelsOnly };
      configs.set(kernelsOnly, await writeWorkerdBundle(into));
    }
    const wav = wav16(orcaScene(2), SCENE_RATE);
    const times = FORMS.map((): number[] => []);
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [at, { kernelsOnly, query }] of FORMS.entries()) {
        const socket = join(folder, `${round}-${at}.sock`);
        const time = await firstWindow(configs.get(kernelsOnly) as string, socket, query, wav);
        // The first round fills the system's caches.
        if (round > 0) times[at]?.push(time);
      }
    }
    const rows = FORMS.map(({ name }, at) => ({ name, time: times[at]?.toSorted((a, b) => a - b)[ROUNDS >> 1] }));
    table("Cold start: workerd's start to the first YAMNet window of a POST", "ms", rows);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function firstWindow(config: string, socket: string, query: string, wav: Uint8Array): Promise<number> {
  const started = performance.now();
  const child: ChildProcess = spawn(workerdPath(), ["serve", config, "--socket-addr", `http=unix:${socket}`], {
    cwd: dirname(config),
    stdio: ["ignore", "ignore", "inherit"],
  });
  const exited = once(child, "exit");
  try {
    while (child.exitCode === null) {
      const time = await post(socket, `/v1/embeddings?model=yamnet&${query}`, wav);
      if (time !== undefined) return time - started;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    throw new Error("workerd did not start");
  } finally {
    child.kill("SIGKILL");
    await exited;
  }
}

/** When the first window's line arrived; undefined where nobody listens yet. */
function post(socketPath: string, path: string, wav: Uint8Array): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, method: "POST", agent: false }, (answer) => {
      let text = "";
      answer.on("data", (part: Buffer) => {
        text += part.toString();
        if (!text.includes('{"type":"window"')) return;
        resolve(performance.now());
        sent.destroy();
      });
      answer.on("end", () => reject(new Error(`no window: ${text.slice(0, 500)}`)));
    });
    sent.on("error", () => resolve(undefined));
    sent.end(wav);
  });
}
