import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { getPlatformProxy } from "wrangler";
import { type DevWorker, startDevWorker } from "../../scripts/support/dev-worker.ts";
import { layOutAssets } from "../../src/cli/workerd/assets.ts";
import { embedded, health, problem, sleep } from "../support/client.ts";
import { type Experiment, readBundle } from "../support/projector-reader.ts";
import { sceneWav } from "../support/recordings.ts";
import { seededFolder } from "../support/test-models.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const CONFIG = {
  embeddings: [
    {
      tensorName: "yamnet",
      tensorShape: [2, 2],
      tensorPath: "yamnet/tensors.tsv",
      metadataPath: "yamnet/metadata.tsv",
      sprite: { imagePath: "yamnet/sprite.png", singleImageDim: [64, 64] },
    },
  ],
};
/** A bundle's files as they lie in a folder or a bucket. */
const FILES: Readonly<Record<string, string>> = {
  "projector_config.json": JSON.stringify(CONFIG),
  "yamnet/tensors.tsv": "0\t1\n2\t3\n",
  "yamnet/metadata.tsv": "a\nb\n",
};
const TENSORS = FILES["yamnet/tensors.tsv"] as string;

let folder = "";
let worker: DevWorker;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orca-bundles-"));
  const assets = join(folder, "assets");
  await layOutAssets(seededFolder, assets, copyFile);
  for (const [path, text] of Object.entries(FILES)) {
    const file = join(assets, "projector/southern residents", path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  worker = await startDevWorker({ assets, vars: { MAX_BUNDLE_WINDOWS: "12" } });
});
afterAll(async () => {
  await worker?.stop();
  await rm(folder, { recursive: true, force: true });
});

function send(query: string, body: Uint8Array<ArrayBuffer>): Promise<Response> {
  return fetch(`${worker.url}/v1/projector?${query}`, {
    method: "POST",
    headers: { "content-type": "audio/wav" },
    body,
  });
}

describe("POST /v1/projector", () => {
  test("a zip that the projector reads, with the windows of /v1/embeddings", async () => {
    const wav = sceneWav(4);
    const response = await send("model=yamnet&file=dusk.wav", wav);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/zip");
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="dusk.wav.yamnet.projector.zip"');
    const files = unzipSync(new Uint8Array(await response.arrayBuffer()));
    expect(Object.keys(files).sort()).toEqual([
      "README.txt",
      "projector_config.json",
      "projector_config.pbtxt",
      "yamnet/metadata.tsv",
      "yamnet/sprite.png",
      "yamnet/tensors.tsv",
    ]);
    const [experiment] = readBundle((path) => files[path] as Uint8Array) as [Experiment];
    expect(experiment.warnings).toEqual([]);
    const { windows } = await embedded(worker.url, wav, { query: "model=yamnet&encoding=base64" });
    expect(windows.length).toBe(8);
    // Windows may be batched otherwise: onnxruntime then sums in another order.
    for (const [at, { embedding }] of windows.entries()) {
      const row = experiment.tensors[at] as Float32Array;
      const most = Math.max(...embedding.map(Math.abs));
      expect(Math.max(...row.map((value, i) => Math.abs(value - (embedding[i] as number))))).toBeLessThan(1e-6 * most);
    }
    expect(experiment.metadata.rows.map(({ start, rms, file }) => [Number(start), Number(rms), file])).toEqual(
      windows.map(({ start, rms }) => [start, rms, "dusk.wav"]),
    );
  });

  test("of more windows than the operator allows an even share is kept, and said", async () => {
    const files = unzipSync(new Uint8Array(await (await send("model=yamnet&thumbnail=32", sceneWav(8))).arrayBuffer()));
    const [experiment] = readBundle((path) => files[path] as Uint8Array) as [Experiment];
    expect(experiment.warnings).toEqual([]);
    expect(experiment.metadata.rows.map(({ window }) => Number(window))).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
    expect(experiment.name).toBe("yamnet (seeded weights; 8 of 16 windows)");
    expect(experiment.side).toBe(32);
  });

  test.each([
    ["model=yamnet&include=scores", 400, "A bundle has no include=."],
    ["model=yamnet&thumbnail=4", 400, 'thumbnail="4" cannot be used'],
    ["model=perch", 400, 'There is no model "perch" in the'],
  ])("%s is a problem", async (query, status, detail) => {
    const answer = await problem(await send(query, sceneWav(1)));
    expect(answer.status).toBe(status);
    expect(answer.detail).toContain(detail);
  });

  test("too little audio for a window is a problem; nothing stays counted as running", async () => {
    expect(await problem(await send("model=vggish", sceneWav(0.5)))).toMatchObject({ status: 422, code: "no_samples" });
    expect((await health(worker.url)).streams.active).toBe(0);
  });

  test("two are made at once; a third is told to come later, and a sender that leaves makes room", async () => {
    const leaving = new AbortController();
    const never = new Promise<Uint8Array>(() => undefined);
    const unending = async function* () {
      yield sceneWav(2);
      yield await never;
    };
    const open = () =>
      fetch(`${worker.url}/v1/projector?model=yamnet`, {
        method: "POST",
        body: unending(),
        duplex: "half",
        signal: leaving.signal,
      } as unknown as RequestInit).catch(() => undefined);
    const both = [open(), open()];
    while ((await health(worker.url)).streams.active < 2) await sleep(50);
    const third = await send("model=yamnet", sceneWav(1));
    expect(third.headers.get("retry-after")).toBe("5");
    expect(await problem(third)).toMatchObject({ status: 503, code: "busy" });
    leaving.abort();
    await Promise.all(both);
    while ((await health(worker.url)).streams.active > 0) await sleep(50);
    expect((await send("model=yamnet", sceneWav(1))).status).toBe(200);
  });

  test("bundles are made after one another without end", async () => {
    for (let turn = 0; turn < 4; turn++)
      expect((await (await send("model=yamnet", sceneWav(1))).arrayBuffer()).byteLength).toBeGreaterThan(1000);
  });
});

/** What a host of bundles must do, wherever they lie. */
function hostTests(name: string, start: () => Promise<string>) {
  describe(`GET /projector from ${name}`, () => {
    let base = "";
    beforeAll(async () => {
      base = `${await start()}/projector/southern%20residents`;
    });
    const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
      fetch(`${base}${path}`, { headers, method });

    test("a whole file, for any page", async () => {
      const response = await get("/yamnet/tensors.tsv");
      expect(await response.text()).toBe(TENSORS);
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      expect(response.headers.get("accept-ranges")).toBe("bytes");
      expect(response.headers.get("content-type")).toBe("text/tab-separated-values; charset=utf-8");
    });

    test.each([
      ["bytes=0-2", 206, TENSORS.slice(0, 3), "bytes 0-2/8"],
      ["bytes=4-", 206, TENSORS.slice(4), "bytes 4-7/8"],
      ["bytes=-3", 206, TENSORS.slice(-3), "bytes 5-7/8"],
      ["bytes=6-99", 206, TENSORS.slice(6), "bytes 6-7/8"],
      ["bytes=8-9", 416, "", "bytes */8"],
      ["bytes=-0", 416, "", "bytes */8"],
      ["bytes=3-2", 200, TENSORS, null],
      ["bytes=0-1,4-5", 200, TENSORS, null],
      ["rows=0-1", 200, TENSORS, null],
    ])("Range: %s is %i", async (range, status, text, contentRange) => {
      const response = await get("/yamnet/tensors.tsv", { range });
      expect([response.status, await response.text(), response.headers.get("content-range")]).toEqual([
        status,
        text,
        contentRange,
      ]);
    });

    test("a range of another version is the whole file; what the client has is not sent again", async () => {
      const etag = (await get("/yamnet/tensors.tsv", {}, "HEAD")).headers.get("etag") as string;
      expect(etag).toMatch(/^"[^"]+"$/);
      expect((await get("/yamnet/tensors.tsv", { range: "bytes=0-2", "if-range": etag })).status).toBe(206);
      expect((await get("/yamnet/tensors.tsv", { range: "bytes=0-2", "if-range": '"old"' })).status).toBe(200);
      expect((await get("/yamnet/tensors.tsv", { "if-none-match": etag })).status).toBe(304);
    });

    test("HEAD tells the size, OPTIONS lets a page of the web in", async () => {
      const head = await get("/yamnet/metadata.tsv", {}, "HEAD");
      expect([head.status, await head.text()]).toEqual([200, ""]);
      const options = await get("/yamnet/metadata.tsv", { origin: "https://projector.tensorflow.org" }, "OPTIONS");
      expect(options.status).toBe(204);
      expect(options.headers.get("access-control-allow-private-network")).toBe("true");
    });

    test("the config has addresses of this server, and the bundle's name gives the link", async () => {
      const config = await (await get("/projector_config.json")).json();
      expect(config).toEqual({
        embeddings: [
          {
            ...CONFIG.embeddings[0],
            tensorPath: `${base}/yamnet/tensors.tsv`,
            metadataPath: `${base}/yamnet/metadata.tsv`,
            sprite: { ...CONFIG.embeddings[0]?.sprite, imagePath: `${base}/yamnet/sprite.png` },
          },
        ],
      });
      expect(await (await get("/")).json()).toEqual({
        config: `${base}/projector_config.json`,
        projector: `https://projector.tensorflow.org/?config=${encodeURIComponent(`${base}/projector_config.json`)}`,
        viewer: `${new URL(base).origin}/?config=${encodeURIComponent(new URL(`${base}/projector_config.json`).pathname)}`,
      });
    });

    test.each([
      "/absent.tsv",
      "/yamnet",
      "/..%2F..%2Fmodels%2Fmanifest.json",
      "/%2e%2e%2fsouthern%20residents/projector_config.json",
      "/.hidden",
      "/a%5Cb",
      "/%00",
      "/%ff",
    ])("%s is not found", async (path) => {
      expect(await problem(await get(path))).toMatchObject({ status: 404, code: "not_found" });
    });
  });
}

hostTests("static assets", async () => worker.url);

describe("with a bucket", () => {
  let bucketWorker: DevWorker;
  afterAll(() => bucketWorker?.stop());

  hostTests("R2", async () => {
    const config = join(folder, "wrangler.toml");
    const settings = await readFile(join(root, "wrangler.toml"), "utf8");
    const bucket = '[[r2_buckets]]\nbinding = "BUNDLES"\nbucket_name = "bundles"\n';
    await writeFile(
      config,
      `${settings.replace('"src/worker.ts"', JSON.stringify(join(root, "src/worker.ts")))}\n${bucket}`,
    );
    const state = join(folder, "state");
    const proxy = await getPlatformProxy<{ BUNDLES: { put(key: string, text: string): Promise<unknown> } }>({
      configPath: config,
      persist: { path: join(state, "v3") },
    });
    for (const [path, text] of Object.entries(FILES)) {
      await proxy.env.BUNDLES.put(`projector/southern residents/${path}`, text);
    }
    await proxy.dispose();
    bucketWorker = await startDevWorker({ config, state, assets: join(folder, "assets") });
    return bucketWorker.url;
  });
});
