import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BundleServer, serveBundle } from "../../../src/cli/project/serve.ts";

let folder = "";
let server: BundleServer;
let base = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "orca-serve-"));
  mkdirSync(join(folder, "my bundle/yamnet"), { recursive: true });
  writeFileSync(join(folder, "secret.txt"), "not for the web");
  writeFileSync(join(folder, "my bundle/projector_config.json"), '{"embeddings":[]}');
  writeFileSync(join(folder, "my bundle/yamnet/tensors.tsv"), "1\t2\n");
  symlinkSync(join(folder, "secret.txt"), join(folder, "my bundle/leak.txt"));
  server = await serveBundle(join(folder, "my bundle"), 0);
  base = server.config.replace("projector_config.json", "");
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("files of the bundle, for any page", async () => {
  const response = await fetch(`${base}yamnet/tensors.tsv`);
  expect(await response.text()).toBe("1\t2\n");
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect((await fetch(`${base}yamnet/tensors.tsv`, { headers: { range: "bytes=9-" } })).status).toBe(416);
  expect((await fetch(server.config, { method: "OPTIONS" })).status).toBe(204);
});

/** A request whose path no client has tidied up. */
function raw(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base);
    request({ hostname, port, path }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });
}

test.each([
  "/",
  "/projector/",
  "/projector/other/secret.txt",
  "/projector/../secret.txt",
  "/projector/my%20bundle/../secret.txt",
  "/projector/my%20bundle/..%2Fsecret.txt",
  "/projector/my%20bundle/%2e%2e/secret.txt",
  "/projector/my%20bundle/leak.txt",
  "/projector/my%20bundle/yamnet",
  "/projector/my%20bundle//etc/passwd",
])("%s is not found", async (path) => {
  expect(await raw(path)).toBe(404);
});

test("with the page beside it, its viewer is linked to; of the assets nothing else is served", async () => {
  mkdirSync(join(folder, "assets/page"), { recursive: true });
  mkdirSync(join(folder, "assets/models"), { recursive: true });
  writeFileSync(join(folder, "assets/page/start.htm"), "<!doctype html>");
  writeFileSync(join(folder, "assets/models/manifest.json"), "{}");
  expect(server.viewer).toBeUndefined();
  const both = await serveBundle(join(folder, "my bundle"), 0, join(folder, "assets"));
  try {
    const { origin } = new URL(both.config);
    expect(both.viewer).toBe(`${origin}/?config=%2Fprojector%2Fmy%2520bundle%2Fprojector_config.json`);
    const page = await fetch(both.viewer as string);
    // Without a bundle the page would ask for recordings, which this server does not take.
    expect((await fetch(origin)).url).toBe(both.viewer);
    expect([page.status, await page.text()]).toEqual([200, "<!doctype html>"]);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    for (const path of ["/models/manifest.json", "/page/start.htm", "/page/../models/manifest.json"]) {
      expect((await fetch(origin + path)).status).toBe(404);
    }
  } finally {
    await both.stop();
  }
});

test("nothing can be written, and a port that is taken is told", async () => {
  expect((await fetch(server.config, { method: "PUT", body: "x" })).status).toBe(405);
  const port = Number(new URL(base).port);
  await expect(serveBundle(join(folder, "my bundle"), port)).rejects.toMatchObject({
    code: "bad_option",
    field: "port",
    message: expect.stringContaining(`Port ${port} cannot be used`),
  });
});
