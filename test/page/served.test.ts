import { copyFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDevWorker } from "../../scripts/support/dev-worker.ts";
import { startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import { problem } from "../support/client.ts";
import { pageAssets } from "./support/assets.ts";

let assets: Awaited<ReturnType<typeof pageAssets>>;
beforeAll(async () => {
  assets = await pageAssets(copyFile);
});
afterAll(() => assets?.remove());

test("what the workbench transfers, models aside, is below 500 KB of gzip", async () => {
  const folder = join(assets.folder, "page");
  const sizes = await Promise.all(
    (await readdir(folder)).map(async (name) => [name, gzipSync(await readFile(join(folder, name))).length] as const),
  );
  // The reference and the licences are pages of their own.
  // Of the two builds of the nets' kernels a browser runs one, and fetches no other.
  const builds = sizes.filter(([name]) => name.startsWith("nn-")).map(([, size]) => size);
  expect(builds.length).toBe(2);
  const whole = sizes.filter(([name]) => !/^(docs|licences)/.test(name)).reduce((sum, [, size]) => sum + size, 0);
  const total = whole - Math.min(...builds);
  console.log(`${sizes.map(([name, size]) => `${name} ${size}`).join(", ")}; ${total} bytes of gzip`);
  expect(total).toBeLessThan(500 * 1024);
  // Pages, scripts, style, icon, workers, decoders.
  expect(sizes.length).toBe(22);
});

const RUNTIMES = [
  ["wrangler dev", () => startDevWorker({ assets: assets.folder })],
  ["plain workerd", () => startPlainWorker(assets.folder)],
] as const;

describe.each(RUNTIMES)("served by %s", (_, start) => {
  let worker: { url: string; stop(): Promise<void> };
  beforeAll(async () => {
    worker = await start();
  });
  afterAll(() => worker?.stop());

  test.each(["/", "/docs"])("%s and all that it loads", async (path) => {
    const response = await fetch(worker.url + path);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-cache");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    // The one that allows WebAssembly, and no text to be evaluated.
    expect(policy.replace("'wasm-unsafe-eval'", "")).not.toMatch(/unsafe|https?:|\*/);
    const html = await response.text();
    // Nothing comes from elsewhere, and nothing stands in the page that the policy would refuse.
    expect(html).not.toMatch(/https?:|<style|style=|<script>/);
    const files = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, file]) => file as string);
    expect(files.length).toBe(3);
    const types = [
      /\.svg$/,
      "image/svg+xml",
      /\.css$/,
      "text/css; charset=utf-8",
      /\.js$/,
      "text/javascript; charset=utf-8",
    ];
    for (const file of files) {
      const loaded = await fetch(new URL(file, worker.url + path));
      expect(loaded.status).toBe(200);
      expect(loaded.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      const kind = types.findIndex((type) => type instanceof RegExp && type.test(file));
      expect(loaded.headers.get("content-type")).toBe(types[kind + 1]);
      expect((await loaded.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
  });

  test("the rest is a problem", async () => {
    for (const path of ["/page/start.htm", "/page/main-00000000.js", "/models/none.bin", "/models/../wrangler.toml"]) {
      const response = await fetch(worker.url + path);
      expect(response.status).toBe(404);
      expect(await problem(response)).toMatchObject({ code: "not_found" });
    }
    const posted = await fetch(worker.url, { method: "POST" });
    expect(posted.status).toBe(405);
    expect(posted.headers.get("allow")).toBe("GET");
    expect((await fetch(worker.url, { method: "HEAD" })).status).toBe(200);
  });
});
