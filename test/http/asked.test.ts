import { describe, expect, test } from "vitest";
import { inParts, testApp } from "../support/app.ts";
import { problem } from "../support/client.ts";
import { sceneWav } from "../support/recordings.ts";

const app = testApp({
  ALLOWED_ORIGINS: "https://lab.example.org",
  HYDROPHONES: JSON.stringify({ lab: { title: "A lab", node: "http://127.0.0.1:1" } }),
});
const wav = sceneWav(1);
const post = (query: string, init: RequestInit = {}) =>
  app.fetch(`/v1/embeddings?${query}`, { method: "POST", body: wav, ...init });

describe("the query", () => {
  test("include= named twice is both; what has one meaning is refused when it is named twice", async () => {
    const both = (await (await post("model=yamnet&include=scores&include=spectrogram")).text()).split("\n")[1] ?? "";
    expect(JSON.parse(both)).toMatchObject({ scores: expect.any(Array), spectrogram: expect.any(Array) });
    expect(await problem(await post("model=yamnet&model=vggish"))).toMatchObject({
      code: "bad_option",
      field: "model",
      status: 400,
    });
  });
});

describe("Accept", () => {
  test.each([
    ["text/event-stream", "text/event-stream"],
    ["text/event-stream;q=0", "application/x-ndjson"],
    ["text/event-stream;q=0.5, application/x-ndjson", "application/x-ndjson"],
    ["application/x-ndjson;q=0.1, TEXT/event-stream; q=0.9", "text/event-stream"],
    ["*/*", "application/x-ndjson"],
  ])("%s gives %s", async (accept, type) => {
    const answer = await post("model=yamnet", { headers: { accept } });
    expect(answer.headers.get("content-type")).toBe(type);
    expect(answer.headers.get("x-accel-buffering")).toBe("no");
    await answer.text();
  });

  test("an error in mid-stream is an event that no EventSource takes for a broken connection", async () => {
    const short = testApp({ MAX_BODY_BYTES: "150000" });
    const answer = await short.fetch("/v1/embeddings?model=yamnet", {
      method: "POST",
      body: inParts(sceneWav(3)),
      headers: { accept: "text/event-stream" },
    });
    expect(await answer.text()).toMatch(/\nevent: failure\ndata: \{"type":"error","code":"too_large"/);
  });
});

describe("HEAD", () => {
  test.each([
    ["/v1/hydrophones/lab/embeddings?model=yamnet", 200],
    ["/v1/hydrophones/none/embeddings?model=yamnet", 404],
    ["/v1/embeddings?model=yamnet", 405],
    ["/v1/models", 200],
    ["/healthz", 200],
    ["/", 404],
  ])("%s is answered and let go: %i", async (path, status) => {
    const answer = await app.fetch(path, { method: "HEAD" });
    expect([answer.status, await answer.text()]).toEqual([status, ""]);
    const { streams } = (await (await app.fetch("/healthz")).json()) as { streams: { active: number } };
    expect(streams.active).toBe(0);
  });
});

test("a preflight for a recording's name is allowed", async () => {
  const answer = await app.fetch("/v1/embeddings", {
    method: "OPTIONS",
    headers: { origin: "https://lab.example.org", "access-control-request-method": "POST" },
  });
  expect(answer.headers.get("access-control-allow-headers")).toContain("content-disposition");
});

test("every answer says that its type is what it says", async () => {
  for (const path of ["/v1/models", "/healthz", "/nothing", "/openapi.json"])
    expect((await app.fetch(path)).headers.get("x-content-type-options")).toBe("nosniff");
});

describe("a form (curl -F, and -d where --data-binary was meant)", () => {
  /** As bytes: Node's own stream of a form rejects where it is cancelled, and nobody hears it. */
  const form = async (...parts: readonly [string, Blob | string, string?][]) => {
    const whole = new FormData();
    for (const [name, value, file] of parts)
      typeof value === "string" ? whole.append(name, value) : whole.append(name, value, file);
    const sent = new Response(whole);
    return { body: await sent.arrayBuffer(), headers: { "content-type": sent.headers.get("content-type") ?? "" } };
  };

  test("its one file is the recording, with its name", async () => {
    const name = "20240501T120000Z.wav";
    const answer = await post("model=yamnet", await form(["note", "hello"], ["file", new Blob([wav]), name]));
    const lines = (await answer.text()).trim().split("\n");
    const plain = (await (await post(`model=yamnet&file=${name}`)).text()).trim().split("\n");
    expect(lines).toEqual(plain);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ start: { utc: "2024-05-01T12:00:00.000Z" } });
  });

  test("none, or a second one, is refused by name; so is a form that is cut off", async () => {
    expect(await problem(await post("model=yamnet", await form(["note", "hello"])))).toMatchObject({
      status: 415,
      code: "unsupported_encoding",
      detail: expect.stringContaining("no file"),
    });
    const two = await post(
      "model=yamnet",
      await form(["a", new Blob([wav]), "a.wav"], ["b", new Blob([wav]), "b.wav"]),
    );
    expect(JSON.parse((await two.text()).trim().split("\n").at(-1) ?? "")).toMatchObject({
      type: "error",
      message: expect.stringContaining("second"),
    });
    const cut = `--x\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\nRIFF`;
    const answer = await post("model=yamnet", {
      body: cut,
      headers: { "content-type": "multipart/form-data; boundary=x" },
    });
    expect(answer.ok).toBe(false);
    expect((await problem(answer)).code).not.toBe("internal");
  });

  test("a form's text where bytes were meant says how curl sends them", async () => {
    const stripped = sceneWav(2).filter((byte) => ![0, 10, 13].includes(byte));
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    // Line ends are gone from this recording, and curl says of it that it is a form.
    const answer = await problem(await post("model=yamnet", { body: stripped, headers }));
    expect(answer).toMatchObject({
      status: 415,
      code: "unsupported_encoding",
      hint: expect.stringContaining("--data-binary"),
    });
  });
});

test("a body that breaks off is its sender's doing: said so, with the byte, and no fault of ours", async () => {
  const bytes = sceneWav(1).slice(0, 30);
  let given = false;
  const body = new ReadableStream<Uint8Array>({
    type: "bytes",
    pull(controller) {
      if (given) controller.error(new Error("no chunk"));
      else controller.enqueue(bytes);
      given = true;
    },
  });
  const answer = await app.fetch("/v1/embeddings?model=yamnet", { method: "POST", body });
  expect(await problem(answer)).toMatchObject({ status: 499, code: "cancelled", byteOffset: 30 });
});
