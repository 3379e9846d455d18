import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { OrcaError } from "../../errors.ts";
import { type Bucket, contentType } from "./bucket.ts";

/** What is used of a binding of R2. */
interface R2 {
  put(key: string, body: Uint8Array, options: { httpMetadata: { contentType: string } }): Promise<unknown>;
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
}

/**
 * The bucket that `wrangler dev` keeps on this machine, in `persistTo`, else where wrangler keeps it: in .wrangler/state
 * beside the nearest wrangler.toml. wrangler is started once for all objects.
 */
export async function localBucket(name: string, persistTo: string | undefined): Promise<Bucket> {
  const { getPlatformProxy } = await import("wrangler").catch(() => {
    throw new OrcaError("upload_failed", "wrangler is not installed.", { hint: "Install it: npm install wrangler" });
  });
  const folder = await mkdtemp(join(tmpdir(), "orca-bucket-"));
  try {
    const configPath = join(folder, "wrangler.json");
    await writeFile(
      configPath,
      JSON.stringify({ name: "push", r2_buckets: [{ binding: "BUCKET", bucket_name: name }] }),
    );
    const path = join(persistTo === undefined ? defaultState() : resolve(persistTo), "v3");
    const { env, dispose } = await said(name, () =>
      getPlatformProxy<{ BUCKET: R2 }>({ configPath, persist: { path }, remoteBindings: false }),
    );
    const close = async () => {
      await dispose();
      await rm(folder, { recursive: true, force: true });
    };
    return {
      // One object at a time is fast enough, and needs the memory of one.
      atOnce: 1,
      close,
      put: (key, path) =>
        said(key, async () => {
          await env.BUCKET.put(key, await readFile(path), { httpMetadata: { contentType: contentType(key) } });
        }),
      get: (key, path) =>
        said(key, async () => {
          const object = await env.BUCKET.get(key);
          if (object === null) return false;
          await writeFile(path, new Uint8Array(await object.arrayBuffer()));
          return true;
        }),
    };
  } catch (thrown) {
    await rm(folder, { recursive: true, force: true });
    throw thrown;
  }
}

async function said<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw new OrcaError("upload_failed", `${what}: wrangler said: ${lastLine(thrown)}`, {
      hint: "Is another wrangler at work on it? Is the disk full?",
      cause: thrown,
    });
  }
}

/** wrangler's own words; what a broken rule is stands in the last line. */
function lastLine(thrown: unknown): string {
  const lines = (thrown instanceof Error ? thrown.message : String(thrown)).split("\n");
  return lines.findLast((line) => line.trim() !== "")?.trim() ?? "nothing";
}

/** Where wrangler dev keeps its buckets unless it is told. */
function defaultState(): string {
  let folder = process.cwd();
  const isProject = (at: string) =>
    ["wrangler.toml", "wrangler.json", "wrangler.jsonc"].some((file) => existsSync(join(at, file)));
  while (!isProject(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return join(isProject(folder) ? folder : process.cwd(), ".wrangler/state");
}
