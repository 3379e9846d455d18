/** The Worker in plain workerd, without wrangler's inspector and proxies: for long runs and honest timings. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { workerdPath, writeWorkerdBundle } from "./bundle.ts";
import { KeptProcess } from "./kept-process.ts";
import { answers, freePort } from "./process.ts";

export interface PlainWorker {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * @param assets  the folder whose models/ the Worker reads
 * @param collections  the folder where collections are kept
 * @param heard  is given what it prints: a line a request; it is dropped without
 * @param vars  of wrangler.toml's, to set otherwise than their defaults
 */
export async function startPlainWorker(
  assets: string,
  vars: Readonly<Record<string, string>> = {},
  collections?: string,
  heard?: (text: string) => void,
): Promise<PlainWorker> {
  const folder = await mkdtemp(join(tmpdir(), "orca-workerd-"));
  const port = await freePort();
  const bundle = {
    folder: join(folder, "bundle"),
    assets,
    address: `127.0.0.1:${port}`,
    vars,
    ...(collections === undefined ? {} : { collections }),
  };
  const config = await writeWorkerdBundle(bundle);
  // The disk service's path is relative to where workerd is started. It waits for open connections before it ends.
  const kept = new KeptProcess(workerdPath(), ["serve", config], {
    cwd: dirname(config),
    patience: 1,
    stdout: heard === undefined ? "ignore" : "pipe",
  });
  if (heard !== undefined) kept.keeper.stdout?.setEncoding("utf8").on("data", heard);
  const stop = async () => {
    await kept.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + 20_000; !(await answers(`${url}/healthz`)); ) {
    if (!kept.running || Date.now() > deadline) {
      await stop();
      throw new Error("workerd did not start");
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url, pid: await kept.pid(), stop };
}
