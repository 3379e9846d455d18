import { execFile } from "node:child_process";
import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { runFolder } from "../../../src/cli/serve/run-folder.ts";
import { WorkerProcess } from "../../../src/cli/serve/workers.ts";
import { KeptProcess } from "../../../src/cli/workerd/kept-process.ts";
import { childrenAreKnown, isAlive, until } from "../../support/processes.ts";

/** Answers like workerd's health; POST /compute keeps its one thread from answering, so long as its body says (ms). */
const FAKE = `#!${process.execPath}
const { createServer } = require("node:http");
const path = process.argv.find((word) => word.startsWith("http=unix:")).slice(10);
createServer((request, response) => {
  if (request.method === "POST") request.on("data", (ms) => { for (const end = Date.now() + Number(ms); Date.now() < end; ); });
  response.end(String(process.pid));
}).listen(path);
`;

let folder = "";
let worker: WorkerProcess;
let said: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orca-watch-"));
  await writeFile(join(folder, "fake.cjs"), FAKE);
  await chmod(join(folder, "fake.cjs"), 0o755);
});
afterEach(() => worker?.stop());
afterAll(() => rm(folder, { recursive: true, force: true }));

/** @param busyAtMost  how long it may compute without an answer (ms) */
async function start(busyAtMost: number): Promise<number> {
  said = [];
  worker = new WorkerProcess(1, {
    bundle: async () => ({ workerd: join(folder, "fake.cjs"), config: join(folder, "config.capnp") }),
    folder: async () => folder,
    say: (sentence) => said.push(sentence),
    watching: { every: 50, within: 300, busyAtMost },
  });
  expect(await worker.start()).toBe(true);
  return Number(await worker.ask("/healthz", 5000));
}

const compute = (ms: number) => fetchOver(worker.socketPath, String(ms)).catch(() => undefined);

async function fetchOver(socketPath: string, body: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const asked = request({ socketPath, method: "POST", path: "/compute", agent: false }, (answer) => {
      answer.resume();
      answer.on("end", resolve);
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

describe.skipIf(!childrenAreKnown)("a process is watched", () => {
  test("one that computes is let compute, though it answers late", async () => {
    const pid = await start(60_000);
    await compute(2000);
    await until(() => worker.ready);
    expect(Number(await worker.ask("/healthz", 10_000))).toBe(pid);
    expect([said, worker.restarts]).toEqual([[], 0]);
  });

  test("one that computes and never answers, and one that stands still, are started again", async () => {
    for (const still of [false, true]) {
      const pid = await start(still ? 60_000 : 1000);
      if (still) process.kill(pid, "SIGSTOP");
      else void compute(600_000);
      await until(() => worker.restarts === 1);
      await until(() => worker.ready);
      expect(Number(await worker.ask("/healthz", 10_000))).not.toBe(pid);
      expect(said[0]).toMatch(/does not answer/);
      expect(isAlive(pid)).toBe(false);
      await worker.stop();
    }
  });

  test("one whose socket was removed is started again when its requests have ended", async () => {
    const pid = await start(60_000);
    worker.busy = 1;
    await rm(worker.socketPath);
    await until(() => said.some((sentence) => sentence.includes("cannot be reached")));
    expect(isAlive(pid)).toBe(true);
    worker.busy = 0;
    await until(() => worker.ready);
    expect(isAlive(pid)).toBe(false);
  });
});

describe.skipIf(!childrenAreKnown)("what a killed run leaves", () => {
  test("its folder goes with the next start; a running one's stays, and is made again where it was removed", async () => {
    const place = await mkdtemp(join(folder, "place-"));
    const { RUNTIME_DIRECTORY } = process.env;
    process.env.RUNTIME_DIRECTORY = place;
    try {
      const running = await runFolder();
      const script = `
        const { runFolder } = await import(${JSON.stringify(join(import.meta.dirname, "../../../src/cli/serve/run-folder.ts"))});
        console.log(await (await runFolder()).path());
        process.kill(process.pid, "SIGKILL");`;
      await new Promise((resolve) => execFile(process.execPath, ["--input-type=module", "-e", script], resolve));
      expect((await readdir(place)).length).toBe(2);
      const next = await runFolder();
      expect((await readdir(place)).sort()).toEqual(
        [await running.path(), await next.path()].map((path) => path.slice(place.length + 1)).sort(),
      );
      await rm(await next.path(), { recursive: true });
      expect(await readdir(await next.path())).toEqual(["lock"]);
      await next.remove();
      await running.remove();
      expect(await readdir(place)).toEqual([]);
    } finally {
      if (RUNTIME_DIRECTORY === undefined) delete process.env.RUNTIME_DIRECTORY;
      else process.env.RUNTIME_DIRECTORY = RUNTIME_DIRECTORY;
    }
  });

  test("what it had started ends, with what that had started, however it was told to", async () => {
    const script = `
      const { KeptProcess } = await import(${JSON.stringify(join(import.meta.dirname, "../../../src/cli/workerd/kept-process.ts"))});
      const kept = new KeptProcess("sh", ["-c", "trap '' TERM; sleep 600 & echo $! $$; wait; wait"], { stdout: "pipe", patience: 0.5 });
      kept.keeper.stdout.pipe(process.stdout);
      setTimeout(() => undefined, 600_000);`;
    const outer = new KeptProcess(process.execPath, ["--input-type=module", "-e", script], { stdout: "pipe" });
    const pids = await new Promise<number[]>((resolve) =>
      outer.keeper.stdout?.once("data", (data: Buffer) => resolve(String(data).trim().split(" ").map(Number))),
    );
    expect(pids.map(isAlive)).toEqual([true, true]);
    process.kill(await outer.pid(), "SIGKILL");
    await until(() => !pids.some(isAlive));
    await outer.exited;
  });
});
