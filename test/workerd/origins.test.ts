import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PlainWorker, startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import { originPolicy } from "../../src/http/index.ts";
import { problem } from "../support/client.ts";
import { assetsFolder } from "../support/test-models.ts";

const FRIEND = "https://friend.example";
const STRANGER = "https://stranger.example";

describe("which pages may use a server", () => {
  const allows = (setting: string | undefined, origin: string, address = "http://10.0.0.7:8787/v1/models") =>
    originPolicy(setting === undefined ? {} : { ALLOWED_ORIGINS: setting }).allows(origin, address);

  test.each([
    [undefined, "http://10.0.0.7:8787", true],
    // Behind a proxy that ends TLS.
    [undefined, "https://10.0.0.7:8787", true],
    [undefined, "http://10.0.0.7:3000", false],
    [undefined, "null", false],
    [undefined, FRIEND, false],
    [`${STRANGER}, ${FRIEND}`, FRIEND, true],
    [FRIEND, "http://friend.example", false],
    [FRIEND, "https://friend.example.org", false],
    [FRIEND, "http://10.0.0.7:8787", true],
    ["*", STRANGER, true],
    ["*", "null", true],
  ])("ALLOWED_ORIGINS %s: %s %s", (setting, origin, expected) => {
    expect(allows(setting, origin)).toBe(expected);
  });

  test.each(["friend.example", "https://friend.example/", "https://friend.example/page", "https://*.example"])(
    "%s is no origin",
    (setting) => {
      expect(() => originPolicy({ ALLOWED_ORIGINS: setting })).toThrow(/which is no origin/);
    },
  );
});

describe("a Worker whose operator allows one page", () => {
  let worker: PlainWorker;
  beforeAll(async () => {
    worker = await startPlainWorker(assetsFolder, { ALLOWED_ORIGINS: FRIEND, ENGINE: "kernels" });
  });
  afterAll(() => worker?.stop());

  const ask = (path: string, origin: string | undefined, init: RequestInit = {}) =>
    fetch(worker.url + path, { ...init, headers: { ...init.headers, ...(origin === undefined ? {} : { origin }) } });

  test("its own page, the allowed one and what is no browser are answered; others are refused", async () => {
    for (const origin of [undefined, worker.url, FRIEND]) {
      const response = await ask("/v1/models", origin);
      expect(response.status).toBe(200);
      expect(response.headers.get("access-control-allow-origin")).toBe(origin ?? null);
      await response.body?.cancel();
    }
    for (const path of ["/v1/models", "/v1/embeddings?model=yamnet", "/healthz"]) {
      const refused = await ask(path, STRANGER, path.includes("embeddings") ? { method: "POST", body: "x" } : {});
      expect(refused.status).toBe(403);
      expect(refused.headers.get("access-control-allow-origin")).toBeNull();
      expect(await problem(refused)).toMatchObject({
        code: "origin_refused",
        hint: expect.stringContaining("ALLOWED_ORIGINS"),
      });
    }
  });

  test("an allowed page sees what was wrong, and may ask first", async () => {
    const wrong = await ask("/v1/embeddings?model=blue", FRIEND, { method: "POST", body: "x" });
    expect(wrong.headers.get("access-control-allow-origin")).toBe(FRIEND);
    expect(wrong.headers.get("vary")).toBe("origin");
    expect(await problem(wrong)).toMatchObject({ code: "unknown_model" });
    const first = { method: "OPTIONS", headers: { "access-control-request-method": "POST" } };
    const preflight = await ask("/v1/embeddings", FRIEND, first);
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("content-type");
    expect((await ask("/v1/embeddings", STRANGER, first)).status).toBe(403);
  });

  test("bundles are for any page", async () => {
    const response = await ask("/projector/nothing/projector_config.json", STRANGER);
    expect(response.status).toBe(404);
  });

  test.each([
    ["no browser", () => undefined, 101],
    ["its own page", () => worker.url, 101],
    ["the allowed page", () => FRIEND, 101],
    ["another page", () => STRANGER, 403],
    ["a file", () => "null", 403],
  ])("a WebSocket of %s", async (_, origin, status) => {
    const from = origin();
    const asked = request(`${worker.url}/v1/embeddings?model=yamnet`, {
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": Buffer.alloc(16, 7).toString("base64"),
        ...(from === undefined ? {} : { origin: from }),
      },
    });
    asked.end();
    const [response] = (await Promise.race([once(asked, "response"), once(asked, "upgrade")])) as [IncomingMessage];
    expect(response.statusCode).toBe(status);
    asked.destroy();
  });
});
