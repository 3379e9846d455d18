import { describe, expect, test } from "vitest";
import { inParts, testApp } from "../support/app.ts";
import { sceneWav } from "../support/recordings.ts";
import { silentFlac } from "../support/silent-flac.ts";

const LONG = silentFlac(30);
const app = testApp();

interface Line {
  readonly type: string;
  readonly end?: number;
  readonly code?: string;
  readonly hint?: string;
}
const linesOf = async (answer: Response) =>
  (await answer.text())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

test("the event loop goes round while half a minute that came as 300 bytes are embedded, and others are answered", async () => {
  let rounds = 0;
  let over = false;
  const turn = () => {
    rounds++;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  const running = app
    .fetch("/v1/embeddings?model=yamnet&encoding=base64", { method: "POST", body: LONG })
    .then(linesOf)
    .finally(() => {
      over = true;
    });
  const answers = [await app.fetch("/healthz"), await app.fetch("/v1/models")];
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  const clip = await linesOf(await app.fetch("/v1/embeddings?model=yamnet", { method: "POST", body: sceneWav(2) }));
  expect(clip.at(-1)).toMatchObject({ type: "summary", complete: true });
  // All of that came while the long one went on.
  expect(over).toBe(false);
  expect((await running).at(-1)).toMatchObject({ type: "summary", complete: true });
  // By the count alone, whatever the clock says: 1.44 M samples, 0.1 µs each, in turns of 50 ms.
  expect(rounds).toBeGreaterThan(2);
});

describe("MAX_AUDIO_SECONDS", () => {
  const bounded = testApp({ MAX_AUDIO_SECONDS: "10" });
  const ask = (body: BodyInit) => bounded.fetch("/v1/embeddings?model=yamnet", { method: "POST", body });

  test.each([
    ["at once", () => LONG],
    ["in parts", () => inParts(LONG.slice())],
  ])("windows up to there, and then the error record with what to do (%s)", async (_, body) => {
    const lines = await linesOf(await ask(body()));
    expect(lines.map(({ type }) => type)).toEqual(["header", ...Array(19).fill("window"), "error"]);
    expect(lines.at(-2)?.end).toBeLessThanOrEqual(10);
    expect(lines.at(-1)).toMatchObject({ code: "too_large", hint: expect.stringContaining("MAX_AUDIO_SECONDS") });
  });

  test("just as long is no longer", async () => {
    expect((await linesOf(await ask(sceneWav(10)))).at(-1)).toMatchObject({ type: "summary", seconds: 10 });
  });

  test("for a bundle it is a status", async () => {
    const answer = await bounded.fetch("/v1/projector?model=yamnet", { method: "POST", body: LONG });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ code: "too_large" });
  });
});

test.each(["/v1/embeddings?model=yamnet", "/v1/projector?model=yamnet"])(
  "%s: when its client leaves, the work ends with the turn",
  async (path) => {
    const leaving = new AbortController();
    const running = app.fetch(path, { method: "POST", body: LONG, signal: leaving.signal });
    const windows = async () =>
      ((await (await app.fetch("/healthz")).json()) as { streams: { windows: number; active: number } }).streams;
    const { windows: earlier } = await windows();
    if (path.includes("projector")) await expect.poll(async () => (await windows()).windows).toBeGreaterThan(earlier);
    else {
      const reader = (await running).body?.getReader();
      await reader?.read();
      await reader?.read();
      void reader?.read().catch(() => undefined);
    }
    leaving.abort();
    expect((await windows()).active).toBe(0);
    if (path.includes("projector")) expect((await running).status).toBe(499);
    // What had begun may end; nothing is begun after it.
    await new Promise((resolve) => setTimeout(resolve, 200));
    const before = await windows();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await windows()).toEqual(before);
    expect(before.windows - earlier).toBeLessThan(60);
  },
);
