import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { beforeAll, describe, expect, test } from "vitest";
import { CollectionFolder } from "../../src/collection/folder.node.ts";
import { type TestApp, testApp } from "../support/app.ts";
import { collectionObjects } from "../support/collection-objects.ts";
import { sceneWav } from "../support/recordings.ts";

const SECONDS = 6;
const objects = collectionObjects();
let app: TestApp;
let records: { type: string; embedding?: number[] }[] = [];

beforeAll(async () => {
  app = testApp({ COLLECTIONS: objects });
  for (const name of ["20240501T120000Z.wav", "20240501T130000Z.wav"]) {
    const response = await app.fetch(`/v1/embeddings?model=yamnet&collection=calls&file=haro/${name}`, {
      method: "POST",
      body: sceneWav(SECONDS),
    });
    expect(response.status).toBe(200);
    records = (await response.text())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  }
});

async function ask(path: string, body?: object, method = body === undefined ? "GET" : "POST") {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await app.fetch(`/v1/collections${path}`, init);
  return { status: response.status, said: (await response.json()) as Record<string, unknown> };
}

describe("collections over HTTP", () => {
  test("keep what was streamed, with its time, and list it", async () => {
    expect(await ask("")).toEqual({ status: 200, said: { collections: [{ name: "calls", model: "yamnet" }] } });
    const windows = records.filter(({ type }) => type === "window").length;
    expect((await ask("/calls")).said).toMatchObject({
      model: { id: "yamnet", dimensions: 1024, weights: "seeded" },
      recordings: 2,
      windows: 2 * windows,
      annotations: 0,
      // The first folder of the name that was sent, as collect has it.
      places: [{ name: "haro", project: "calls" }],
    });
    const { recordings } = (await ask("/calls/recordings")).said as { recordings: Record<string, unknown>[] };
    expect(recordings.map(({ name, utc, seconds }) => ({ name, utc, seconds }))).toEqual([
      { name: "haro/20240501T120000Z.wav", utc: "2024-05-01T12:00:00.000Z", seconds: SECONDS },
      { name: "haro/20240501T130000Z.wav", utc: "2024-05-01T13:00:00.000Z", seconds: SECONDS },
    ]);
  });

  test("search by a vector, a window, a label, and part of the time", async () => {
    const [, window] = records;
    const by = async (asked: object) =>
      ((await ask("/calls/search", asked)).said as { results: { window: number; score: number; utc: string }[] })
        .results;
    const found = await by({ vectors: [window?.embedding], top: 2 });
    // Both recordings have the same sound.
    expect(found.map(({ score }) => Math.round(score * 1e5))).toEqual([100_000, 100_000]);
    expect(await by({ vectors: [window?.embedding], top: 2, by: "codes" })).toEqual(found);
    const [later] = await by({ windows: [found[0]?.window], from: "2024-05-01T13:00:00Z", top: 1 });
    expect(later?.utc).toBe("2024-05-01T13:00:00.000Z");
    const label = { recording: "haro/20240501T120000Z.wav", start: 0, end: 1, label: "orca/j", by: "ana" };
    expect((await ask("/calls/annotations", [label, label])).said).toEqual({ added: 1, known: 1 });
    const labelled = await by({ labels: ["orca"], recordings: ["haro/20240501T130000Z.wav"], top: 1 });
    expect(labelled[0]?.score).toBeCloseTo(1, 4);
    const { annotations } = (await ask("/calls/annotations?label=orca")).said as { annotations: { id: number }[] };
    expect(annotations).toMatchObject([{ ...label, kind: "positive", id: 1 }]);
    expect((await ask("/calls/annotations", [1], "DELETE")).said).toEqual({ removed: 1 });
    expect(await ask("/calls/annotations", [1], "DELETE")).toMatchObject({
      status: 404,
      said: { detail: "The collection has no annotation 1." },
    });
    expect((await ask("/calls")).said).toMatchObject({ annotations: 0 });
  });

  test("are taken away as a folder that orca-embed and perch-hoplite open", async () => {
    const response = await app.fetch("/v1/collections/calls/export");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/zip");
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="calls.zip"');
    const files = unzipSync(new Uint8Array(await response.arrayBuffer()));
    expect(Object.keys(files)).toEqual(["yamnet/hoplite.sqlite", "yamnet/usearch.index"]);
    const path = await mkdtemp(join(tmpdir(), "orca-taken-"));
    try {
      for (const [name, bytes] of Object.entries(files)) await writeFile(join(path, name.slice(7)), bytes);
      const folder = await CollectionFolder.openForWriting(path);
      try {
        const { collection } = folder;
        const said = (await ask("/calls")).said as { model: object; windows: number };
        expect(collection.model).toEqual(said.model);
        expect(await collection.counts()).toMatchObject({ recordings: 2, windows: said.windows });
        expect(await folder.indexState()).toBe("whole");
        const sent = records.flatMap(({ type, embedding = [] }) => (type === "window" ? embedding : []));
        const kept: number[] = [];
        for await (const { vectors: some, count } of collection.blocks())
          kept.push(...some.subarray(0, count * collection.model.dimensions));
        expect(kept).toEqual([...sent, ...sent].map(Math.fround));
        // It takes more.
        const more = await collection.put({ name: "later.wav", deployment: { name: "calls", project: "calls" } }, []);
        expect(more).toBeGreaterThan(2);
      } finally {
        folder.close();
      }
    } finally {
      await rm(path, { recursive: true, force: true });
    }
    expect((await app.fetch("/v1/collections/none/export")).status).toBe(404);
  });

  test("what was answered is kept over a start", async () => {
    const before = await ask("/calls");
    objects.restart();
    expect(await ask("/calls")).toEqual(before);
    expect((await ask("/calls/search", { windows: [1], top: 1, by: "codes" })).status).toBe(200);
  });

  test.each([
    ["/none", undefined, 404, "There is no collection none."],
    ["/calls?model=vggish", undefined, 400, "calls has collections of 1 models."],
    ["/calls/search", {}, 400, "There is no example of what is looked for."],
    ["/calls/search", { windows: [999] }, 400, "The collection has no window 999."],
    ["/calls/search", { vectors: [[1, 2]] }, 400, "An example has 2 numbers"],
    ["/calls/search", { top: 0, windows: [1] }, 400, "top:"],
    ["/calls/search", { vectors: [new Array(1024).fill(0)] }, 400, "a vector of zeros"],
    ["/calls/annotations", [{ recording: "x", start: 0, end: 1, label: "a", by: "b" }], 400, "has no recording x"],
    [
      "/calls/annotations",
      [{ recording: "haro/20240501T120000Z.wav", start: 2, end: 1, label: "a", by: "b" }],
      400,
      "it ends before it begins",
    ],
  ] as const)("%s %j is refused", async (path, body, status, detail) => {
    const answer = await ask(path, body as object | undefined);
    expect(answer.status).toBe(status);
    expect(answer.said.detail).toContain(detail);
  });

  test("an error names the field that it knows nothing of, and what to give where nothing was", async () => {
    expect((await ask("/calls/search", { windows: [1], colour: 1 })).said).toMatchObject({ field: "colour" });
    expect((await ask("/calls/search", {})).said.hint).toContain("labels");
  });

  test("another net's windows, and a server that keeps none", async () => {
    const send = (server: TestApp, query: string) =>
      server.fetch(`/v1/embeddings?collection=calls&${query}`, { method: "POST", body: sceneWav(1) });
    const other = await send(app, "model=yamnet&highpass=20");
    expect(other.status).toBe(400);
    expect(((await other.json()) as { detail: string }).detail).toContain("holds other embeddings (highpass: none");
    expect((await send(testApp(), "model=yamnet")).status).toBe(404);
  });
});
