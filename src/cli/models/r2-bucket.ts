import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { OrcaError } from "../../errors.ts";
import { type Bucket, contentType } from "./bucket.ts";

/** A bucket at Cloudflare, by way of the wrangler that is installed here, with its login. */
export class R2Bucket implements Bucket {
  /** wrangler takes seconds to start, and most of them it waits. */
  readonly atOnce = 4;
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  /** Throws `upload_failed` with wrangler's own words. */
  async put(key: string, path: string): Promise<void> {
    const { failed, printed } = await this.#wrangler("put", key, "--file", path, "--content-type", contentType(key));
    if (failed) throw uploadFailed(key, printed);
  }

  /** Writes an object to `path`; false where there is none of that key. Throws `upload_failed`. */
  async get(key: string, path: string): Promise<boolean> {
    const { failed, printed } = await this.#wrangler("get", key, "--file", path);
    if (!failed) return true;
    // wrangler has made the file before it looked.
    await rm(path, { force: true });
    if (/specified key does not exist/i.test(printed)) return false;
    throw uploadFailed(key, printed);
  }

  async close(): Promise<void> {}

  async #wrangler(verb: string, key: string, ...more: string[]): Promise<{ failed: boolean; printed: string }> {
    const args = [wranglerPath(), "r2", "object", verb, `${this.#name}/${key}`, ...more, "--remote"];
    const env = { ...process.env, WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" };
    return new Promise((resolve) =>
      execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
        resolve({ failed: error !== null, printed: stdout + stderr }),
      ),
    );
  }
}

function uploadFailed(key: string, printed: string): OrcaError {
  const lines = stripVTControlCharacters(printed)
    .split("\n")
    .map((line) => line.trim());
  const said = lines.find((line) => /error/i.test(line)) ?? lines.findLast((line) => line !== "") ?? "nothing";
  return new OrcaError("upload_failed", `${key}: wrangler said: ${said}`, {
    hint: "Is the bucket there, and are you logged in? npx wrangler login",
  });
}

function wranglerPath(): string {
  const manifest = findPackageJSON("wrangler", import.meta.url);
  if (manifest !== undefined) return join(dirname(manifest), "bin/wrangler.js");
  throw new OrcaError("upload_failed", "wrangler is not installed.", { hint: "Install it: npm install wrangler" });
}
