import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { workerdPath } from "../../src/cli/workerd/bundle.ts";
import { extract } from "../../src/extract.ts";
import { nodeRuntime } from "../../src/runtime.node.ts";
import { embedded, post, sleep } from "../support/client.ts";
import { noise, sceneWav } from "../support/recordings.ts";
import { seededFolder } from "../support/test-models.ts";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

interface Server {
  readonly url: string;
  readonly child: ChildProcess;
  readonly exited: Promise<unknown[]>;
  said(): string;
}

async function serve(...args: string[]): Promise<Server> {
  const all = [main, "serve", "--address", "127.0.0.1:0", "--models", seededFolder, ...args];
  const child = spawn(process.execPath, all, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (part: Buffer) => {
      said += part.toString();
    });
  }
  const exited = once(child, "exit");
  while (!/Listening at \S+ with/.test(said)) {
    if (child.exitCode !== null) throw new Error(`serve ended: ${said}`);
    await sleep(50);
  }
  return { url: /Listening at (\S+)/.exec(said)?.[1] ?? "", child, exited, said: () => said };
}

interface Health {
  readonly processes: { readonly ready: number; readonly of: number };
  readonly streams: { readonly active: number };
  readonly models: readonly { readonly name: string; readonly engine: string; readonly process: number }[];
}
const healthOf = async (url: string) => (await (await fetch(`${url}/healthz`)).json()) as Health;

/** workerd processes that serve a configuration of this one's: by the socket's folder in their command lines. */
async function workerds(folder: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const line = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
    if (line[0]?.includes("workerd") && line.some((word) => word.includes(folder))) found.push(Number(pid));
  }
  return found;
}

/** The folder of a server's sockets, which no other has. */
async function folderOf({ child }: Server): Promise<string> {
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    if (Number(stat.replace(/.*\) /s, "").split(" ")[1]) !== child.pid) continue;
    const folder = /orca-serve-\w+/.exec(await readFile(`/proc/${pid}/cmdline`, "utf8"))?.[0];
    if (folder !== undefined) return folder;
  }
  throw new Error("no child of the server names its folder");
}

/** A live stream: a tenth of a second of noise, as long as `open` says so. */
async function* live(open: () => boolean): AsyncGenerator<Uint8Array> {
  for (let seed = 0; open(); seed++) {
    yield new Uint8Array(noise(1600, seed).buffer);
    await sleep(50);
  }
}
const RAW = { query: "model=yamnet&pcm=f32le&rate=16000", type: "" };

if (process.platform !== "linux") console.warn("Skipped: serve, because its processes are counted in Linux' /proc.");

describe.skipIf(process.platform !== "linux")("orca-embed serve", () => {
  let server: Server;
  let folder = "";
  beforeAll(async () => {
    server = await serve(
      "--processes",
      "2",
      "--engine",
      "kernels",
      "--engines",
      "ort,kernels",
      "--var",
      "MAX_STREAMS=1",
    );
    folder = await folderOf(server);
  });
  afterAll(async () => {
    server?.child.kill("SIGKILL");
    await server?.exited;
  });

  test("the same numbers as in Node, by the engine that was named", async () => {
    const { header, windows } = await embedded(server.url, sceneWav(2), { query: "model=yamnet&encoding=base64" });
    expect(header.engine).toMatch(/^orca-kernels \S+ relaxed$/);
    const runtime = await nodeRuntime(seededFolder);
    const { embeddings } = await extract(sceneWav(2), "yamnet", runtime, { engine: "kernels" }).result();
    expect(windows.flatMap(({ embedding }) => Array.from(embedding))).toEqual(Array.from(embeddings));
    const ort = await embedded(server.url, sceneWav(2), { query: "model=yamnet&engine=ort" });
    expect(ort.header.engine).toMatch(/^onnxruntime-web /);
  });

  test("each of two live streams has a process of its own; a third is one too many", async () => {
    let open = true;
    const streams = await Promise.all([
      post(
        server.url,
        live(() => open),
        RAW,
      ),
      post(
        server.url,
        live(() => open),
        RAW,
      ),
    ]);
    // Headers have come while the bodies still go on: both ways at once.
    expect(streams.map(({ status }) => status)).toEqual([200, 200]);
    await expect.poll(async () => (await healthOf(server.url)).streams.active).toBe(2);
    expect(new Set((await healthOf(server.url)).models.map((model) => model.process)).size).toBe(2);
    expect((await post(server.url, sceneWav(1))).status).toBe(503);
    open = false;
    for (const stream of streams) expect((await stream.text()).trim().split("\n").at(-1)).toContain('"summary"');
    await expect.poll(async () => (await healthOf(server.url)).streams.active).toBe(0);
  });

  test("a receiver that leaves is gone for the process too", async () => {
    const abort = new AbortController();
    const stream = await fetch(`${server.url}/v1/embeddings?${RAW.query}`, {
      method: "POST",
      body: live(() => true),
      duplex: "half",
      signal: abort.signal,
    } as unknown as RequestInit);
    await expect.poll(async () => (await healthOf(server.url)).streams.active).toBe(1);
    abort.abort();
    await expect(stream.text()).rejects.toThrow();
    await expect.poll(async () => (await healthOf(server.url)).streams.active).toBe(0);
  });

  test("a WebSocket passes through", async () => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/v1/embeddings?model=yamnet`);
    const types: string[] = [];
    socket.addEventListener("message", ({ data }) => types.push((JSON.parse(data as string) as { type: string }).type));
    await once(socket as unknown as NodeJS.EventEmitter & EventTarget, "open");
    socket.send(sceneWav(1));
    socket.send("end");
    await once(socket as unknown as EventTarget, "close");
    expect(types.filter((type) => type !== "taken")).toEqual(["header", "window", "window", "summary"]);
  });

  test("a process that dies is started again, and its requests go elsewhere meanwhile", async () => {
    const [victim] = await workerds(folder);
    process.kill(victim as number, "SIGKILL");
    await expect.poll(async () => (await healthOf(server.url)).processes.ready, { timeout: 10_000 }).toBe(1);
    expect((await embedded(server.url, sceneWav(1))).windows.length).toBe(2);
    await expect.poll(async () => (await healthOf(server.url)).processes.ready, { timeout: 30_000 }).toBe(2);
    expect(server.said()).toMatch(/Process \d ended; it is started again/);
  });

  test("where the front is killed, the processes go too", async () => {
    expect((await workerds(folder)).length).toBe(2);
    server.child.kill("SIGKILL");
    await server.exited;
    await expect.poll(() => workerds(folder), { timeout: 10_000 }).toEqual([]);
  });

  test("a signal stops it in order: what runs is cut after its time, and nothing is left", async () => {
    // The killed one could not remove its folder, which has all that npm run workerd writes but workerd itself.
    const left = join(tmpdir(), folder);
    const bundle = join(left, "bundle");
    await symlink(workerdPath(), join(bundle, "workerd"));
    const second = await serve("--processes", "1", "--folder", bundle);
    const of = await folderOf(second);
    const stream = await post(
      second.url,
      live(() => true),
      RAW,
    );
    second.child.kill("SIGTERM");
    second.child.kill("SIGINT");
    await expect(stream.text()).rejects.toThrow();
    expect((await second.exited)[0]).toBe(0);
    expect(await workerds(of)).toEqual([]);
    await rm(left, { recursive: true, force: true });
  });
});
