/** Starts the real Worker under `wrangler dev` on loopback, for the demo, the tests and the benches, and stops it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const START_WITHIN = 60_000;

export interface DevWorker {
  readonly url: string;
  /** Process ids of workerd, the largest first (Linux only). */
  runtimes(): Promise<number[]>;
  /** What wrangler has printed. */
  log(): string;
  stop(): Promise<void>;
}

export interface DevWorkerOptions {
  /** Vars of wrangler.toml to set otherwise. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Another folder of static assets than wrangler.toml's. */
  readonly assets?: string;
  /** Another configuration than wrangler.toml. */
  readonly config?: string;
  /** Where local buckets lie, instead of a folder of its own that goes when the Worker stops. */
  readonly state?: string;
}

/** Rejects with wrangler's own words when the Worker does not answer within a minute. */
export async function startDevWorker({
  vars = {},
  assets,
  config,
  state: kept,
}: DevWorkerOptions = {}): Promise<DevWorker> {
  const port = await freePort();
  const state = kept ?? (await mkdtemp(join(tmpdir(), "orca-worker-")));
  const args = ["dev", "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", String(await freePort())];
  args.push("--persist-to", state, "--show-interactive-dev-session=false");
  if (config !== undefined) args.push("--config", config);
  if (assets !== undefined) args.push("--assets", assets);
  for (const [name, value] of Object.entries(vars)) args.push("--var", `${name}:${value}`);
  const child = spawn(process.execPath, [join(root, "node_modules/wrangler/bin/wrangler.js"), ...args], {
    cwd: root,
    // A group of its own, so that stopping it stops workerd with it.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
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
  child.stdout.on("data", note);
  child.stderr.on("data", note);
  const exited = once(child, "exit");
  let running = true;
  void exited.then(() => {
    running = false;
  });
  const stop = async () => {
    if (running && child.pid !== undefined) {
      process.kill(-child.pid, "SIGTERM");
      const late = setTimeout(() => running && child.pid !== undefined && process.kill(-child.pid, "SIGKILL"), 5000);
      await exited;
      clearTimeout(late);
    }
    if (kept === undefined) await rm(state, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + START_WITHIN;
  while (!(await answers(`${url}/healthz`))) {
    if (running && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    await stop();
    throw new Error(`The Worker did not start. wrangler said:\n${printed}`);
  }
  return { url, stop, log: () => printed, runtimes: () => runtimesOf(child.pid ?? 0) };
}

/** Whether something at `url` answers well. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
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

/** Resident memory of a process in bytes (Linux). */
export async function residentMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return 1024 * Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0);
}
