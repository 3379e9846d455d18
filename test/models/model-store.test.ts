import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Engine, Session } from "../../src/engines/index.ts";
import { OrcaError } from "../../src/errors.ts";
import { joinBytes } from "../../src/join.ts";
import { folderSource } from "../../src/models/folder-source.node.ts";
import { bucketSource, contractOf, fetcherSource, type ModelSource, ModelStore } from "../../src/models/index.ts";
import { description as yamnet } from "../../src/models/yamnet/description.ts";
import { manifestWith } from "../support/model-files.ts";

const PIECES = [Uint8Array.of(1, 2, 3), Uint8Array.of(4), Uint8Array.of(5, 6)];
const NAMES = manifestWith(PIECES).models[0]?.variants.fp32.artefacts.ort.pieces.map(({ file }) => file) as [
  string,
  string,
  string,
];

type Files = Map<string, Uint8Array<ArrayBuffer>>;

function goodFiles(): Files {
  const text = JSON.stringify(manifestWith(PIECES));
  return new Map([
    ["manifest.json", new TextEncoder().encode(text)],
    ...PIECES.map((bytes, at) => [NAMES[at] as string, Uint8Array.from(bytes)] as const),
  ]);
}

/** A source of files in memory that keeps a list of what was read; `wait` is done before each answer. */
function sourceOf(files: Files, wait: (file: string) => Promise<void> = async () => {}) {
  const reads: string[] = [];
  const source: ModelSource = {
    name: "test",
    async read(file) {
      reads.push(file);
      await wait(file);
      return files.get(file);
    },
  };
  return { source, reads };
}

/** An engine that only collects the bytes. */
function engineOf() {
  const loads: { bytes: Uint8Array; length: number; contract: unknown }[] = [];
  const engine: Engine = {
    id: "ort",
    name: "collector 1.0",
    async load({ length, chunks }, contract) {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk.slice());
      loads.push({ bytes: joinBytes(parts), length, contract });
      return { contract, batch: 1, memory: 0, run: () => new Map() } satisfies Session;
    },
  };
  return { engine, loads };
}

describe("loading", () => {
  test("the pieces reach the engine in order, with the contract of the description", async () => {
    const { source, reads } = sourceOf(goodFiles());
    const { engine, loads } = engineOf();
    const store = new ModelStore(source, engine);
    const loaded = await store.load("yamnet", "fp32");
    expect(loaded).toMatchObject({
      variantName: "fp32",
      engine: { name: "collector 1.0" },
      entry: { description: { id: "yamnet" } },
    });
    expect(loads).toEqual([{ bytes: Uint8Array.of(1, 2, 3, 4, 5, 6), length: 6, contract: contractOf(yamnet) }]);
    expect(reads).toEqual(["manifest.json", ...NAMES]);
    expect(store.loaded()).toEqual([loaded]);
  });

  test("requests at the same time load once and share the session; so do later ones", async () => {
    const { source, reads } = sourceOf(goodFiles(), () => new Promise((resolve) => setTimeout(resolve, 5)));
    const { engine, loads } = engineOf();
    const store = new ModelStore(source, engine);
    const all = await Promise.all(Array.from({ length: 5 }, () => store.load("yamnet", "fp32")));
    expect(new Set([...all, await store.load("yamnet", "fp32")]).size).toBe(1);
    expect(loads).toHaveLength(1);
    expect(reads).toHaveLength(4);
  });

  test("those who wait are told of a failure; the next request tries again", async () => {
    const files = goodFiles();
    files.delete(NAMES[2]);
    const { source } = sourceOf(files, () => new Promise((resolve) => setTimeout(resolve, 5)));
    const store = new ModelStore(source, engineOf().engine);
    const results = await Promise.allSettled(Array.from({ length: 3 }, () => store.load("yamnet", "fp32")));
    for (const result of results) {
      expect(result).toMatchObject({
        status: "rejected",
        reason: { code: "models_missing", message: `${NAMES[2]} is not in the test.`, hint: expect.any(String) },
      });
    }
    expect(store.loaded()).toEqual([]);
    files.set(NAMES[2], Uint8Array.of(5, 6));
    expect(await store.load("yamnet", "fp32")).toMatchObject({ entry: { description: { id: "yamnet" } } });
  });
});

describe("what cannot be loaded", () => {
  const failing: readonly (readonly [what: string, change: (files: Files) => void, code: string, says: RegExp])[] = [
    ["no manifest", (files) => files.delete("manifest.json"), "models_missing", /no manifest\.json in the test/],
    ["a manifest that is none", (files) => files.set("manifest.json", Uint8Array.of(1)), "model_damaged", /not JSON/],
    ["a missing piece", (files) => files.delete(NAMES[1]), "models_missing", /yamnet-fp32\.ort\.001 is not in/],
    ["a changed byte", (files) => files.set(NAMES[1], Uint8Array.of(9)), "model_damaged", /yamnet-fp32\.ort\.001/],
    [
      "a piece cut short",
      (files) => files.set(NAMES[0], Uint8Array.of(1, 2)),
      "model_damaged",
      /yamnet-fp32\.ort\.000/,
    ],
    [
      "a longer piece",
      (files) => files.set(NAMES[2], Uint8Array.of(5, 6, 7)),
      "model_damaged",
      /yamnet-fp32\.ort\.002/,
    ],
    ["an empty piece", (files) => files.set(NAMES[0], new Uint8Array(0)), "model_damaged", /yamnet-fp32\.ort\.000/],
  ];
  test.each(failing)("%s", async (_, change, code, says) => {
    const files = goodFiles();
    change(files);
    const { engine, loads } = engineOf();
    const load = new ModelStore(sourceOf(files).source, engine).load("yamnet", "fp32");
    await expect(load).rejects.toMatchObject({ code, message: expect.stringMatching(says), hint: expect.any(String) });
    expect(loads).toEqual([]);
  });

  test("a model that is not there, and a variant that is not there", async () => {
    const store = new ModelStore(sourceOf(goodFiles()).source, engineOf().engine);
    await expect(store.load("vggish", "fp32")).rejects.toMatchObject({
      code: "unknown_model",
      hint: "Models are: yamnet.",
    });
    await expect(store.load("yamnet", "fp32/../x")).rejects.toMatchObject({
      code: "unknown_variant",
      field: "variant",
      hint: "There is: fp32 (ort).",
    });
  });

  test.each(["constructor", "__proto__", "toString", "hasOwnProperty"])("a variant called %s", async (variant) => {
    const store = new ModelStore(sourceOf(goodFiles()).source, engineOf().engine);
    await expect(store.load("yamnet", variant)).rejects.toMatchObject({ code: "unknown_variant" });
  });
});

describe("engines and memory", () => {
  /** The collector under both names: fp32 for ort, fp32 and int8 for the kernels; each session takes `memory` bytes. */
  function storeOf(memory: number, limit?: number) {
    const manifest = manifestWith(PIECES);
    const [entry] = manifest.models;
    const { artefacts, onnx, description } = (entry as (typeof manifest.models)[number]).variants.fp32;
    const { ort } = artefacts;
    const kernels = { ...ort, build: "abc" };
    const variants = {
      fp32: { description, onnx, artefacts: { ort, kernels } },
      int8: { description, artefacts: { kernels } },
    };
    const files = goodFiles();
    const text = JSON.stringify({ ...manifest, models: [{ ...entry, variants }] });
    files.set("manifest.json", new TextEncoder().encode(text));
    const { engine, loads } = engineOf();
    const engines = (["ort", "kernels"] as const).map(
      (id): Engine => ({
        ...engine,
        id,
        load: async (bytes, contract) => ({ ...(await engine.load(bytes, contract)), memory }),
      }),
    );
    const { source } = sourceOf(files);
    const store = new ModelStore(source, engines, limit === undefined ? {} : { memory: limit });
    const there = () => store.loaded().map(({ variantName, engine: { id } }) => `${variantName} ${id}`);
    return { store, loads, there };
  }

  test("a model, variant and engine are one session; auto is the first engine that has an artefact", async () => {
    const { store, loads, there } = storeOf(100);
    const first = await store.load("yamnet", "fp32");
    expect(await store.load("yamnet", "fp32", "ort")).toBe(first);
    expect(await store.load("yamnet", "fp32", "kernels")).not.toBe(first);
    await store.load("yamnet", "int8", "kernels");
    expect(there()).toEqual(["fp32 ort", "fp32 kernels", "int8 kernels"]);
    expect(loads).toHaveLength(3);
  });

  test("what an engine does not run is said, with what there is", async () => {
    const { store } = storeOf(100);
    await expect(store.load("yamnet", "int8", "ort")).rejects.toMatchObject({
      code: "unknown_variant",
      message: 'The model yamnet has no variant "int8" for the ort engine.',
      hint: "There is: fp32 (kernels, ort), int8 (kernels).",
    });
    const ortOnly = new ModelStore(sourceOf(goodFiles()).source, [engineOf().engine]);
    await expect(ortOnly.load("yamnet", "fp32", "kernels")).rejects.toMatchObject({
      code: "bad_option",
      field: "engine",
      hint: "There is: auto, ort.",
    });
    const kernels: Engine = { ...engineOf().engine, id: "kernels" };
    const notPacked = new ModelStore(sourceOf(goodFiles()).source, kernels);
    await expect(notPacked.load("yamnet", "fp32", "kernels")).rejects.toMatchObject({
      code: "models_missing",
      hint: expect.stringContaining("orca-embed models pack yamnet"),
    });
  });

  test("auto passes over an engine that does not compute right here, and says so; one that is named fails", async () => {
    const { engine } = engineOf();
    let tries = 0;
    const unfit: Engine = {
      ...engine,
      id: "kernels",
      load: async () => {
        tries++;
        throw new OrcaError("engine_failed", "The self-check of yamnet (fp32) failed.");
      },
    };
    const manifest = manifestWith(PIECES);
    const [entry] = manifest.models;
    const fp32 = (entry as (typeof manifest.models)[number]).variants.fp32;
    const artefacts = { ...fp32.artefacts, kernels: { ...fp32.artefacts.ort, build: "abc" } };
    const files = goodFiles();
    const text = JSON.stringify({ ...manifest, models: [{ ...entry, variants: { fp32: { ...fp32, artefacts } } }] });
    files.set("manifest.json", new TextEncoder().encode(text));
    const store = new ModelStore(sourceOf(files).source, [unfit, engine]);
    expect((await store.load("yamnet", "fp32")).engine.id).toBe("ort");
    expect((await store.load("yamnet", "fp32", "auto")).engine.id).toBe("ort");
    expect(tries).toBe(1);
    expect([...store.unfit()]).toEqual([["yamnet/fp32/kernels", "The self-check of yamnet (fp32) failed."]]);
    await expect(store.load("yamnet", "fp32", "kernels")).rejects.toMatchObject({ code: "engine_failed" });
    // A piece that is damaged is no fault of the engine: nothing hides it.
    const damaged = new ModelStore(sourceOf(files).source, [{ ...engine, id: "kernels" }, engine]);
    files.set(NAMES[1], Uint8Array.of(9));
    await expect(damaged.load("yamnet", "fp32")).rejects.toMatchObject({ code: "model_damaged" });
  });

  test("a session that answers later is asked for one batch after the other", async () => {
    const running: number[] = [];
    let [now, most] = [0, 0];
    const slow: Engine = {
      ...engineOf().engine,
      load: async ({ chunks }, contract) => {
        for await (const _ of chunks);
        return {
          contract,
          batch: 1,
          memory: 0,
          async run(windows) {
            most = Math.max(most, ++now);
            running.push(windows.length);
            await new Promise((resolve) => setTimeout(resolve, 5));
            now--;
            if (windows.length === 2) throw new Error("no");
            return new Map([["embedding", Float32Array.of(windows.length)]]);
          },
        };
      },
    };
    const { session } = await new ModelStore(sourceOf(goodFiles()).source, slow).load("yamnet", "fp32");
    const batch = (count: number) => Array.from({ length: count }, () => new Float32Array(1));
    const asked = [1, 2, 3, 4].map(async (count) => (await session.run(batch(count))).get("embedding")?.[0]);
    const answers = await Promise.allSettled(asked);
    expect(answers.map((answer) => (answer.status === "fulfilled" ? answer.value : "failed"))).toEqual([
      1,
      "failed",
      3,
      4,
    ]);
    expect(most).toBe(1);
    expect(running).toEqual([1, 2, 3, 4]);
  });

  test("the least recently used make room, those in use never do", async () => {
    const { store, there, loads } = storeOf(100, 250);
    const stopFirst = (await store.load("yamnet", "fp32", "ort")).use();
    await store.load("yamnet", "fp32", "kernels");
    await store.load("yamnet", "int8", "kernels");
    expect(there()).toEqual(["fp32 ort", "int8 kernels"]);
    const stopThird = (await store.load("yamnet", "int8", "kernels")).use();
    // In use: 200 bytes of 250. That it takes more than its file is known from the time before.
    await expect(store.load("yamnet", "fp32", "kernels")).rejects.toMatchObject({ code: "busy" });
    expect(loads).toHaveLength(3);
    stopFirst();
    await store.load("yamnet", "fp32", "kernels");
    expect(there()).toEqual(["int8 kernels", "fp32 kernels"]);
    stopThird();
  });

  test("no room at all, and none while others are in use", async () => {
    await expect(storeOf(100, 5).store.load("yamnet", "fp32")).rejects.toMatchObject({
      code: "engine_failed",
      hint: expect.stringContaining("MAX_MODEL_BYTES"),
    });
    const { store, there } = storeOf(100, 107);
    const stop = (await store.load("yamnet", "fp32")).use();
    await expect(store.load("yamnet", "int8", "kernels")).rejects.toMatchObject({ code: "busy" });
    expect(there()).toEqual(["fp32 ort"]);
    stop();
    await store.load("yamnet", "int8", "kernels");
    expect(there()).toEqual(["int8 kernels"]);
  });

  test("a user that was cut off without a word does not hold its model for ever", async () => {
    vi.useFakeTimers();
    try {
      const { store, there } = storeOf(100, 103);
      (await store.load("yamnet", "fp32")).use();
      vi.setSystemTime(Date.now() + 301_000);
      await store.load("yamnet", "int8", "kernels");
      expect(there()).toEqual(["int8 kernels"]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a load that stalls", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A source whose first reading of the last piece is held up until `release` is called. */
  function stalling() {
    const held = Promise.withResolvers<void>();
    let stalls = 1;
    const made = sourceOf(goodFiles(), async (file) => {
      if (file === NAMES[2] && stalls-- > 0) await held.promise;
    });
    const { engine, loads } = engineOf();
    return { ...made, loads, store: new ModelStore(made.source, engine), held };
  }

  test("is waited for while it moves, and taken over by one waiter when it does not", async () => {
    const { store, reads, loads } = stalling();
    const first = store.load("yamnet", "fp32");
    first.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(100);
    const waiting = Promise.all([
      store.load("yamnet", "fp32"),
      store.load("yamnet", "fp32"),
      store.load("yamnet", "fp32"),
    ]);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(reads.filter((file) => file === NAMES[0])).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(3_000);
    // Hashing takes real time, of which the timers know nothing: they go on in small steps until all have it.
    let done = false;
    void waiting.finally(() => {
      done = true;
    });
    while (!done) await vi.advanceTimersByTimeAsync(1);
    const [a, b, c] = await waiting;
    // One of the three loaded it anew; the others waited for that one.
    expect(reads.filter((file) => file === NAMES[0])).toHaveLength(2);
    expect(loads).toHaveLength(1);
    expect(b).toBe(a);
    expect(c).toBe(a);
  });

  test("that fails in the end does not disturb the one that took over", async () => {
    const { store, reads, held } = stalling();
    const first = store.load("yamnet", "fp32");
    const failed = expect(first).rejects.toThrow("the network is gone");
    // Hashing takes real time: the stall begins when the last piece is asked for.
    while (!reads.includes(NAMES[2])) await vi.advanceTimersByTimeAsync(1);
    await vi.advanceTimersByTimeAsync(11_000);
    const second = await store.load("yamnet", "fp32");
    held.reject(new Error("the network is gone"));
    await failed;
    expect(await store.load("yamnet", "fp32")).toBe(second);
    expect(reads.filter((file) => file === NAMES[0])).toHaveLength(2);
  });
});

describe("where model files come from", () => {
  test("a folder: files of it, and never of another", async () => {
    const folder = await mkdtemp(join(tmpdir(), "orca-embeddings-source-"));
    try {
      await writeFile(join(folder, "a.ort"), Uint8Array.of(7));
      const source = folderSource(folder);
      expect(await source.read("a.ort")).toEqual(Uint8Array.of(7));
      expect(await source.read("b.ort")).toBeUndefined();
      expect(await source.read("../a.ort")).toEqual(Uint8Array.of(7));
      expect(await source.read("../../../../../../../../etc/hostname")).toBeUndefined();
      await expect(source.read(".")).rejects.toThrow();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("static assets: under /models/, nothing for 404, an error for anything else", async () => {
    const asked: string[] = [];
    const source = fetcherSource("static assets", {
      async fetch(request) {
        asked.push(new URL(request.url).pathname);
        if (request.url.endsWith("none")) return new Response("no", { status: 404 });
        if (request.url.endsWith("ill")) return new Response("no", { status: 503 });
        return new Response(Uint8Array.of(1, 2));
      },
    });
    expect(await source.read("a")).toEqual(Uint8Array.of(1, 2));
    expect(await source.read("none")).toBeUndefined();
    await expect(source.read("ill")).rejects.toThrow("static assets answered 503 for ill");
    expect(asked).toEqual(["/models/a", "/models/none", "/models/ill"]);
  });

  test("R2: objects under models/", async () => {
    const source = bucketSource({
      get: async (key) => (key === "models/a" ? new Response(Uint8Array.of(3)) : null),
    });
    expect(await source.read("a")).toEqual(Uint8Array.of(3));
    expect(await source.read("b")).toBeUndefined();
  });

  test("a room is read into and comes back; a file that is too long for it comes cut", async () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
    const source = bucketSource({ get: async () => new Response(bytes) });
    const room = new ArrayBuffer(bytes.length + 1);
    const first = await source.read("a", room);
    expect(first).toEqual(bytes);
    expect([room.detached, first?.buffer.byteLength]).toEqual([true, bytes.length + 1]);
    expect(await source.read("a", first?.buffer)).toEqual(bytes);
    expect(await source.read("a", new ArrayBuffer(1000))).toEqual(bytes.subarray(0, 1000));
  });

  test("all pieces of a model go through one room", async () => {
    const files = goodFiles();
    const rooms: (ArrayBuffer | undefined)[] = [];
    const source: ModelSource = {
      name: "test",
      async read(file, room) {
        if (file.endsWith(".json")) return files.get(file);
        const used = room?.transfer() ?? new ArrayBuffer(0);
        rooms.push(used);
        const bytes = files.get(file) as Uint8Array;
        new Uint8Array(used).set(bytes);
        return new Uint8Array(used, 0, bytes.length);
      },
    };
    const { engine, loads } = engineOf();
    await new ModelStore(source, engine).load("yamnet", "fp32");
    expect(loads[0]?.bytes).toEqual(joinBytes(PIECES));
    expect(rooms.map((room) => room?.byteLength)).toEqual([0, 0, 4]);
  });
});
