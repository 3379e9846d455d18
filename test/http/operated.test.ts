import { describe, expect, test } from "vitest";
import { sumOfMetrics } from "../../src/http/metrics.ts";
import { inParts, testApp } from "../support/app.ts";
import { problem } from "../support/client.ts";
import { sceneWav } from "../support/recordings.ts";

const app = testApp();
const post = (query: string, init: RequestInit = {}) =>
  app.fetch(`/v1/embeddings?${query}`, { method: "POST", body: sceneWav(2), ...init });

/** Prometheus' text as a scraper reads it: throws for what is none (exposition format 0.0.4). */
function scraped(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  let family = "";
  expect(text.endsWith("\n")).toBe(true);
  for (const line of text.trimEnd().split("\n")) {
    const described = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line);
    if (described !== null) {
      family = described[2] as string;
      if (described[1] === "TYPE") types.set(family, described[3] as string);
      continue;
    }
    const [, name = "", labels = "", value] =
      /^([a-z_]+)(\{(?:[a-z]+="[^"\\\n]*",?)+\})? ([-+.\deInf]+)$/.exec(line) ?? [];
    expect(name, line).toMatch(new RegExp(`^${family}(_bucket|_sum|_count)?$`));
    expect(types.has(family), line).toBe(true);
    expect(samples.has(name + labels), `${line} is there once`).toBe(false);
    samples.set(name + labels, Number(value));
  }
  return samples;
}

describe("the log", () => {
  test("a line a request, when it is over: what it was, how it ended, what it took; no names", async () => {
    const answer = await post("model=yamnet&file=my-secret-place.wav", { headers: { "x-request-id": "abc-1" } });
    expect(answer.headers.get("x-request-id")).toBe("abc-1");
    expect(app.log.length).toBe(0);
    await answer.text();
    expect(app.log).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        id: "abc-1",
        method: "POST",
        route: "/v1/embeddings",
        status: 200,
        model: "yamnet",
        engine: expect.stringMatching(/^orca-kernels /),
        seconds: 2,
        windows: 4,
        bytes: sceneWav(2).length,
        ms: expect.any(Number),
      },
    ]);
  });

  test("problems bear the request's id, and so does an error record; an id that is none is not taken over", async () => {
    const refused = await post("model=blue", { headers: { "x-request-id": 'a"b' } });
    const told = (await problem(refused)) as { requestId?: string };
    expect(told.requestId).toMatch(/^[\da-f-]{36}$/);
    expect(app.log.at(-1)).toMatchObject({ id: told.requestId, status: 400, code: "unknown_model" });
    const cut = await testApp({ MAX_BODY_BYTES: "150000" }).fetch("/v1/embeddings?model=yamnet", {
      method: "POST",
      body: inParts(sceneWav(3)),
      headers: { "x-request-id": "abc-2" },
    });
    expect(JSON.parse((await cut.text()).trim().split("\n").at(-1) ?? "")).toMatchObject({
      type: "error",
      code: "too_large",
      requestId: "abc-2",
    });
  });

  test("who leaves is counted out and has his line", async () => {
    const leaving = new AbortController();
    const answer = await app.fetch("/v1/embeddings?model=yamnet&pcm=f32le&rate=16000", {
      method: "POST",
      signal: leaving.signal,
      body: new ReadableStream({ type: "bytes", pull: (controller) => controller.enqueue(new Uint8Array(64_000)) }),
    });
    const lines = app.log.length;
    leaving.abort();
    expect(app.log.length).toBe(lines + 1);
    await answer.body?.cancel().catch(() => undefined);
    const health = (await (await app.fetch("/healthz")).json()) as { streams: { active: number } };
    expect(health.streams.active).toBe(0);
  });
});

describe("what is watched", () => {
  test("/metrics is what a scraper reads, and counts what happened", async () => {
    const own = testApp();
    await (await own.fetch("/v1/embeddings?model=yamnet", { method: "POST", body: sceneWav(2) })).text();
    await own.fetch("/v1/embeddings?model=blue", { method: "POST", body: sceneWav(2) });
    await own.fetch("/secret/name", { method: "WHATEVER" });
    const answer = await own.fetch("/metrics");
    expect(answer.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await answer.text();
    expect(text).not.toMatch(/secret|WHATEVER/);
    const samples = scraped(text);
    expect(samples.get('orca_requests_total{route="/v1/embeddings",method="POST",status="200"}')).toBe(1);
    expect(samples.get('orca_requests_total{route="other",method="other",status="404"}')).toBe(1);
    expect(samples.get('orca_errors_total{code="unknown_model"}')).toBe(1);
    expect(samples.get('orca_windows_total{model="yamnet"}')).toBe(4);
    expect(samples.get('orca_audio_seconds_total{model="yamnet"}')).toBe(2);
    expect(samples.get("orca_streams")).toBe(0);
    expect(samples.get('orca_model_memory_bytes{model="yamnet",variant="fp32",engine="kernels"}')).toBeGreaterThan(1e6);
    expect(samples.get('orca_request_seconds_bucket{route="/v1/embeddings",le="+Inf"}')).toBe(2);
    const both = scraped(sumOfMetrics([text, text]));
    expect([...both.keys()]).toEqual([...samples.keys()]);
    for (const [key, value] of samples) expect(both.get(key), key).toBeCloseTo(2 * value, 6);
  });

  test("/healthz says that it lives, /readyz that it can work: not without models", async () => {
    const empty = testApp({ ASSETS: { fetch: async () => new Response(null, { status: 404 }) } });
    expect((await empty.fetch("/healthz")).status).toBe(200);
    const unready = await empty.fetch("/readyz");
    expect(unready.status).toBe(503);
    expect(await problem(unready)).toMatchObject({ code: "models_missing" });
    expect(await (await app.fetch("/readyz")).json()).toEqual({
      status: "ready",
      models: ["humpback", "vggish", "yamnet"],
    });
  });
});
