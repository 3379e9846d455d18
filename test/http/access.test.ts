import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ClientLimits, hostPolicy, reachedBy, tokenPolicy } from "../../src/http/access/index.ts";
import { testApp } from "../support/app.ts";
import { problem } from "../support/client.ts";
import { sceneWav } from "../support/recordings.ts";

describe("the names that a server answers to", () => {
  const loopback = hostPolicy({ ALLOWED_HOSTS: "loopback, sea.example.org" });

  test.each([
    "localhost",
    "localhost:8787",
    "127.0.0.1:80",
    "127.3.2.1",
    "[::1]:8787",
    "a.localhost",
    "SEA.example.org:443",
    "localhost.",
  ])("%s is served", (host) => expect(loopback.allows(host)).toBe(true));

  test.each([
    "evil.example",
    "evil.example:8787",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "10.0.0.1",
    "[::2]",
    "x.sea.example.org",
    "",
  ])("%s is not", (host) => expect(loopback.allows(host)).toBe(false));

  test("a page of another name is refused though its origin is the same (DNS rebinding); nothing named serves any", async () => {
    const asked = { headers: { host: "evil.example", origin: "http://evil.example" } };
    const refused = await testApp({ ALLOWED_HOSTS: "loopback" }).fetch("http://evil.example/v1/models", asked);
    expect(refused.status).toBe(421);
    expect(await problem(refused)).toMatchObject({
      code: "host_refused",
      hint: expect.stringContaining("ALLOWED_HOSTS"),
    });
    expect((await testApp().fetch("http://evil.example/v1/models", asked)).status).toBe(200);
    expect(() => hostPolicy({ ALLOWED_HOSTS: "http://x" })).toThrow(expect.objectContaining({ code: "bad_option" }));
  });
});

describe("tokens", () => {
  const sha256 = (token: string) => createHash("sha256").update(token).digest("hex");
  const TOKENS = JSON.stringify({
    looker: { sha256: sha256("look"), scopes: ["read"] },
    lab: { sha256: sha256("secret-of-the-lab"), scopes: ["read", "embed"] },
  });
  const app = testApp({ TOKENS });
  const bearing = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  const post = (token: string) =>
    app.fetch("/v1/embeddings?model=yamnet", { method: "POST", body: sceneWav(1), ...bearing(token) });

  test("without one, or with one that is not known: 401; for other things: 403; what is the same for everyone needs none", async () => {
    const without = await app.fetch("/v1/models");
    expect([without.status, without.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect((await app.fetch("/v1/models", bearing("lab"))).status).toBe(401);
    expect((await app.fetch("/v1/models", bearing(sha256("look")))).status).toBe(401);
    expect((await app.fetch("/v1/models", bearing("look"))).status).toBe(200);
    expect(await problem(await post("look"))).toMatchObject({ status: 403, code: "forbidden" });
    expect((await post("secret-of-the-lab")).status).toBe(200);
    for (const path of ["/healthz", "/readyz", "/openapi.json"]) expect((await app.fetch(path)).status).toBe(200);
    expect((await app.fetch("/metrics")).status).toBe(401);
  });

  test("no token is in the log, nor who bore it", () => {
    expect(JSON.stringify(app.log)).not.toMatch(/secret|looker|lab/);
  });

  test.each(["{", "[]", '{"a":{"sha256":"00","scopes":["read"]}}', '{"a":{"sha256":"x","scopes":[]}}'])(
    "TOKENS=%s is refused",
    (text) => {
      expect(() => tokenPolicy({ TOKENS: text })).toThrow(
        expect.objectContaining({ code: "bad_option", field: "TOKENS" }),
      );
    },
  );
});

describe("what a client may have", () => {
  const refusal = (run: () => unknown) => {
    try {
      run();
      return undefined;
    } catch (thrown) {
      return thrown;
    }
  };

  test("streams at once, requests a minute, seconds of audio an hour; others have their own", () => {
    let now = 0;
    const limits = new ClientLimits({ streams: 1, requests: 3, audio: 10 }, () => now);
    const end = limits.begin("a");
    expect(refusal(() => limits.begin("a"))).toMatchObject({
      code: "rate_limited",
      message: expect.stringContaining("streams"),
    });
    limits.begin("b")();
    end();
    end();
    limits.begin("a")();
    expect(limits.headers("a")).toEqual({
      "ratelimit-policy":
        '"requests";q=3;w=60, "audio";q=10;w=3600;qu="audio-seconds", "streams";q=1;qu="concurrent-requests"',
      ratelimit: '"requests";r=0;t=60, "audio";r=10;t=3600, "streams";r=1',
    });
    now += 20_000;
    expect(refusal(() => limits.begin("a"))).toMatchObject({ code: "rate_limited", retryAfter: 40 });
    now += 40_000;
    const again = limits.begin("a");
    limits.heard("a", 9.5);
    expect(refusal(() => limits.heard("a", 1))).toMatchObject({ code: "rate_limited", retryAfter: 3540 });
    again();
    now += 3_540_000;
    limits.begin("a")();
  });

  test("over HTTP: 429 with Retry-After, and a stream that hears more ends with the error record", async () => {
    const app = testApp({ CLIENT_AUDIO_SECONDS: "2" });
    const post = () => app.fetch("/v1/embeddings?model=yamnet", { method: "POST", body: sceneWav(6) });
    const first = await post();
    expect(first.headers.get("ratelimit-policy")).toContain('"audio";q=2');
    const records = (await first.text()).trim().split("\n");
    expect(JSON.parse(records.at(-1) ?? "")).toMatchObject({ type: "error", code: "rate_limited" });
    const second = await post();
    expect(second.status).toBe(429);
    expect(Number(second.headers.get("retry-after"))).toBeGreaterThan(3000);
  });
});

test("behind a proxy and below a path links are those that the client can follow", async () => {
  const bundles = {
    head: async () => ({ size: 2, httpEtag: '"a"' }),
    get: async () => ({ body: new Blob(["{}"]).stream() as ReadableStream<Uint8Array> }),
  };
  const app = testApp({ BEHIND_PROXY: "1", BUNDLES: bundles });
  const headers = {
    "x-forwarded-proto": "https",
    "x-forwarded-host": "sea.example.org",
    "x-forwarded-prefix": "/orca",
  };
  const links = (await (await app.fetch("/projector/lab", { headers })).json()) as Record<string, string>;
  expect(links.config).toBe("https://sea.example.org/orca/projector/lab/projector_config.json");
  expect(links.viewer).toBe("https://sea.example.org/orca/?config=%2Forca%2Fprojector%2Flab%2Fprojector_config.json");
});

test("how a client reached the server: a proxy's word holds where the operator says that there is one", () => {
  const headers = {
    "x-forwarded-proto": "https",
    "x-forwarded-host": "sea.example.org",
    "x-forwarded-prefix": "/orca",
    "x-forwarded-for": "6.6.6.6, 192.0.2.1",
    "cf-connecting-ip": "6.6.6.6",
  };
  const request = new Request("http://inside:8787/v1/models", { headers });
  expect(reachedBy({})(request)).toEqual({ origin: "http://inside:8787", prefix: "", client: "" });
  expect(reachedBy({ BEHIND_PROXY: "1" })(request)).toEqual({
    origin: "https://sea.example.org",
    prefix: "/orca",
    client: "192.0.2.1",
  });
  const strange = new Request("http://inside/", {
    headers: { "x-forwarded-proto": "javascript", "x-forwarded-host": "a/b", "x-forwarded-prefix": "//evil" },
  });
  expect(reachedBy({ BEHIND_PROXY: "1" })(strange)).toEqual({ origin: "http://inside", prefix: "", client: "" });
});
