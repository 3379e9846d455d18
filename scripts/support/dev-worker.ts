/** Starts the real Worker under `wrangler dev` on loopback, for the demo, the tests and the benches, and stops it. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KeptProcess } from "../../src/cli/workerd/kept-process.ts";
import { answers, freePort, residentMemory } from "../../src/cli/workerd/process.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const START_WITHIN = 60_000;

export interface DevWorker {
  readonly url: string;
  /** Process ids of workerd, the largest first (Linux only). */
  runtimes(): Promise<number[]>;
  /** What wrangler has printed. */
  log(): string;
  stop(): Promise<void>;
  /** Ends all of it at once, in the midst of whatever it does, as a machine that loses its power does. */
  kill(): Promise<void>;
}

export interface DevWorkerOptions {
  /** Vars of wrangler.toml to set otherwise. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Another folder of static assets than wrangler.toml's. */
  readonly assets?: string;
  /** Another file than wrangler.toml. */
  readonly config?: string;
  /** Where wrangler keeps R2 objects and the like; a folder of its own, removed at the end, where it is left out. */
  readonly state?: string;
}

/** Rejects with wrangler's own words when the Worker does not answer within a minute. */
export async function startDevWorker(options: DevWorkerOptions = {}): Promise<DevWorker> {
  const { vars = {}, assets, config } = options;
  const port = await freePort();
  const state = options.state ?? (await mkdtemp(join(tmpdir(), "orca-worker-")));
  const args = ["dev", "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", String(await freePort())];
  args.push("--persist-to", state, "--show-interactive-dev-session=false");
  if (assets !== undefined) args.push("--assets", assets);
  if (config !== undefined) args.push("--config", config);
  for (const [name, value] of Object.entries(vars)) args.push("--var", `${name}:${value}`);
  const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
  const kept = new KeptProcess(process.execPath, [wrangler, ...args], {
    cwd: root,
    stdout: "pipe",
    stderr: "pipe",
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: "false",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      NO_COLOR: "1",
      CI: "1",
    },
  });
  let printed = "";
  const note = (chunk: Buffer) => {
    printed = (printed + chunk.toString()).slice(-20_000);
  };
  kept.keeper.stdout?.on("data", note);
  kept.keeper.stderr?.on("data", note);
  const stop = async () => {
    await kept.stop();
    if (options.state === undefined) await rm(state, { recursive: true, force: true });
  };
  const kill = async () => {
    const { pid } = kept.keeper;
    if (kept.running && pid !== undefined) process.kill(-pid, "SIGKILL");
    await kept.exited;
  };
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + START_WITHIN;
  while (!(await answers(`${url}/healthz`))) {
    if (kept.running && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    await stop();
    throw new Error(`The Worker did not start. wrangler said:\n${printed}`);
  }
  return { url, stop, kill, log: () => printed, runtimes: () => runtimesOf(kept.keeper.pid ?? 0) };
}

/** The workerd processes in wrangler's process group, by resident memory. */
async function runtimesOf(group: number): Promise<number[]> {
  const found: { pid: number; memory: number }[] = [];
  for (const entry of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, "utf8").catch(() => "");
    const [, name, rest = ""] = /\((.*)\) (.*)/s.exec(stat) ?? [];
    if (name === "workerd" && Number(rest.split(" ")[2]) === group) {
      found.push({ pid: Number(entry), memory: await residentMemory(Number(entry)) });
    }
  }
  return found.sort((a, b) => b.memory - a.memory).map(({ pid }) => pid);
}
