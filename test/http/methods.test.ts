import { expect, test } from "vitest";
import { testApp } from "../support/app.ts";
import { problem } from "../support/client.ts";

const app = testApp();
const ask = (path: string, method: string, headers: Record<string, string> = {}) =>
  app.fetch(path, { method, headers });

test.each([
  ["PUT", "/v1/embeddings", "POST, GET"],
  // It is there for a WebSocket.
  ["GET", "/v1/embeddings", "POST"],
  ["HEAD", "/v1/embeddings", "POST"],
  ["GET", "/v1/projector", "POST"],
  ["POST", "/v1/models", "GET"],
  ["DELETE", "/v1/models/yamnet/classes", "GET"],
  ["POST", "/v1/hydrophones/lab/embeddings", "GET"],
  ["POST", "/healthz", "GET"],
  ["POST", "/openapi.json", "GET"],
  ["POST", "/", "GET"],
  ["POST", "/docs", "GET"],
])("%s %s is not taken; the answer says what is", async (method, path, allowed) => {
  const response = await ask(path, method);
  expect(response.status).toBe(405);
  const allow = (response.headers.get("allow") ?? "").split(", ").sort();
  expect(allow).toEqual(allowed.split(", ").sort());
  if (method !== "HEAD") expect(await problem(response)).toMatchObject({ code: "method_not_allowed" });
});

test("where there is nothing, the hint lists every path", async () => {
  for (const path of ["/v2", "/v1", "/v1/embeddings/more", "/page/start.htm"]) {
    const response = await ask(path, "GET");
    expect(response.status).toBe(404);
    const { code, hint } = await problem(response);
    expect(code).toBe("not_found");
    for (const there of ["/v1/embeddings", "/v1/models/:model/classes", "/projector/*", "/docs"]) {
      expect(hint).toContain(there);
    }
  }
});

test("a browser that asks first is told a path's own methods", async () => {
  const first = { origin: "http://localhost", "access-control-request-method": "POST" };
  const methodsOf = async (path: string) =>
    (await ask(path, "OPTIONS", first)).headers.get("access-control-allow-methods")?.split(", ").sort();
  expect(await methodsOf("/v1/embeddings")).toEqual(["GET", "POST"]);
  expect(await methodsOf("/v1/models")).toEqual(["GET"]);
});
