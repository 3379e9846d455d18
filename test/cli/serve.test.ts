import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { workerdPath } from "../../src/cli/workerd/bundle.ts";
import { extract } from "../../src/extract.ts";
import { nodeRuntime } from "../../src/runtime.node.ts";
import { embedded, post, sleep } from "../support/client.ts";
import { rawRequest } from "../support/raw-http.ts";
import { noise, sceneWav } from "../support/recordings.ts";
import { type Server, serve } from "../support/served.ts";
import { seededFolder } from "../support/test-models.ts";

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
  let collections = "";
  beforeAll(async () => {
    const engines = ["--engine", "kernels", "--engines", "ort,kernels"];
    collections = await mkdtemp(join(tmpdir(), "orca-kept-"));
    const limits = ["--var", "MAX_STREAMS=1", "--var", "MAX_BODY_BYTES=3000000"];
    server = await serve(["--processes", "2", ...engines, ...limits, "--collections", collections]);
    folder = await folderOf(server);
  });
  afterAll(async () => {
    server?.child.kill("SIGKILL");
    await server?.exited;
    await rm(collections, { recursive: true, force: true });
  });

  test("collections lie on the disk, and whoever is asked knows them: one process has them", async () => {
    const query = "model=yamnet&collection=calls";
    // Requests go round: two recordings by two processes would be kept apart.
    for (const name of ["a.wav", "b.wav"])
      expect((await embedded(server.url, sceneWav(2), { query: `${query}&file=${name}` })).windows.length).toBe(4);
    for (let turn = 0; turn < 3; turn++) {
      const said = await (await fetch(`${server.url}/v1/collections/calls`)).json();
      expect(said).toMatchObject({ recordings: 2, windows: 8 });
    }
    expect((await readdir(collections, { recursive: true })).some((name) => name.endsWith(".sqlite"))).toBe(true);
  });

  test("the same numbers as in Node, by the engine that was named", async () => {
    const { header, windows } = await embedded(server.url, sceneWav(2), { query: "model=yamnet&encoding=base64" });
    expect(header.engine).toMatch(/^orca-kernels \S+ relaxed$/);
    const runtime = await nodeRuntime(seededFolder);
    const { embeddings } = await extract(sceneWav(2), "yamnet", { runtime, engine: "kernels" }).result();
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

  test("an answer before the request's end comes back whole: 160 of 160, each as its process says it", async () => {
    const body = new Uint8Array(4_000_000);
    const heads: readonly (readonly [number, string])[] = [
      [400, "POST /v1/embeddings?model=yamnet&channel=left"],
      [403, "POST /v1/embeddings?model=yamnet\norigin: http://evil.example"],
      [404, "POST /v1/nothing"],
      [405, "POST /v1/models"],
      [413, "POST /v1/embeddings?model=yamnet"],
    ];
    for (let round = 0; round < 32; round++) {
      const answers = await Promise.all(heads.map(([, head]) => rawRequest(server.url, head, body)));
      expect(answers.map(({ status }) => status)).toEqual(heads.map(([status]) => status));
      for (const answer of answers) expect(JSON.parse(answer.body)).toHaveProperty("code");
    }
  });

  test("a client that closes its side when it has sent all gets its answer", async () => {
    const { status, body } = await rawRequest(server.url, "POST /v1/embeddings?model=yamnet", sceneWav(2), true);
    expect(status).toBe(200);
    expect(body).toContain('"type":"summary"');
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

  test("a process that is killed cuts its own streams, which clients can tell from an end; the other's go on", async () => {
    let open = true;
    const isOpen = () => open;
    const streams = await Promise.all([post(server.url, live(isOpen), RAW), post(server.url, live(isOpen), RAW)]);
    await expect.poll(async () => (await healthOf(server.url)).streams.active).toBe(2);
    const ends = streams.map((stream) => stream.text().catch((thrown: Error) => thrown));
    const [victim] = await workerds(folder);
    process.kill(victim as number, "SIGKILL");
    const first = await Promise.race(ends);
    expect(first).toBeInstanceOf(Error);
    await expect.poll(async () => (await healthOf(server.url)).processes.ready, { timeout: 10_000 }).toBe(2);
    expect((await healthOf(server.url)).streams.active).toBe(1);
    open = false;
    const texts = (await Promise.all(ends)).filter((end) => typeof end === "string");
    expect(texts).toHaveLength(1);
    expect(texts[0]?.trim().split("\n").at(-1)).toContain('"summary"');
    await expect.poll(async () => (await healthOf(server.url)).streams.active).toBe(0);
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

  test("a signal stops it in order: what runs is cut after its time, with a last record, and nothing is left", async () => {
    // The killed one could not remove its folder, which has all that npm run workerd writes but workerd itself.
    const left = join(tmpdir(), folder);
    const bundle = await mkdtemp(join(tmpdir(), "orca-kept-"));
    await cp(join(left, "bundle"), bundle, { recursive: true });
    await symlink(workerdPath(), join(bundle, "workerd"));
    const config = join(bundle, "serve.capnp");
    const text = await readFile(config, "utf8");
    await writeFile(config, text.replace('(name = "MAX_STREAMS", text = "1")', '(name = "MAX_STREAMS", text = "3")'));
    // No home to write to, and no place of the user's own: its folder is among the temporary files.
    const second = await serve(["--processes", "1", "--drain", "0.2", "--folder", bundle], {
      HOME: "/nowhere",
      XDG_RUNTIME_DIR: "",
    });
    expect(await readdir(tmpdir())).not.toContain(folder);
    const of = await folderOf(second);
    // Cleaners of /tmp take what was not touched for days.
    await rm(join(tmpdir(), of), { recursive: true });
    await expect
      .poll(
        async () => {
          const answer = await post(second.url, sceneWav(1));
          // Until it has ended it is one of the three.
          await answer.text();
          return answer.status;
        },
        { timeout: 30_000, interval: 300 },
      )
      .toBe(200);
    const events = post(
      second.url,
      live(() => true),
      { ...RAW, accept: "text/event-stream" },
    );
    const socket = new WebSocket(`${second.url.replace("http", "ws")}/v1/embeddings?${RAW.query}`);
    const messages: string[] = [];
    socket.addEventListener("message", ({ data }) => messages.push(data as string));
    const closed = once(socket as unknown as EventTarget, "close") as Promise<[CloseEvent]>;
    await once(socket as unknown as EventTarget, "open");
    socket.send(new Uint8Array(noise(32_000, 1).buffer));
    const stream = await post(
      second.url,
      live(() => true),
      RAW,
    );
    second.child.kill("SIGTERM");
    expect(JSON.parse((await stream.text()).trim().split("\n").at(-1) ?? "")).toMatchObject({
      type: "error",
      code: "stopping",
    });
    expect((await (await events).text()).trim().split("\n\n").at(-1)).toMatch(
      /^event: failure\ndata: \{"type":"error","code":"stopping"/,
    );
    expect((await closed)[0]).toMatchObject({ code: 1001, reason: "stopping" });
    expect(JSON.parse(messages.at(-1) ?? "")).toMatchObject({ type: "error", code: "stopping" });
    expect((await second.exited)[0]).toBe(0);
    expect(await workerds(of)).toEqual([]);
    await rm(bundle, { recursive: true, force: true });
  });
});
