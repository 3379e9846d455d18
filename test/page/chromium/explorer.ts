import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { strToU8, zipSync } from "fflate";
import type { Page } from "playwright-core";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { exploring } from "../../../src/cli/explore/respond.ts";
import { folderAssets } from "../../../src/cli/folder-assets.ts";
import { serveOnLoopback } from "../../../src/cli/loopback-server.ts";
import { CollectionFolder } from "../../../src/collection/folder.node.ts";
import { joinBytes } from "../../../src/join.ts";
import { bundleFiles, type ModelBundle } from "../../../src/output/index.ts";
import { vectorModule } from "../../../src/runtime.node.ts";
import { orcaScene, SCENE_RATE, wav16 } from "../../../src/sample/index.ts";
import { modelBundle } from "../../support/bundles.ts";
import { MODEL, newWindows } from "../../support/collections.ts";
import { markedHeader, markedWindow } from "../../support/marked-windows.ts";
import { summaryOf } from "../../support/records.ts";
import { seriousFaults } from "../support/axe.ts";
import { type Bed, EPOCH } from "../support/bed.ts";
import { pageMemory } from "../support/chromium.ts";

type Files = Record<string, Uint8Array<ArrayBuffer>>;

function* marked(count: number, size: number, classes: number) {
  yield markedHeader({ model: classes === 0 ? "vggish" : "yamnet", embedding: size });
  for (let index = 0; index < count; index++) {
    const scores = Float32Array.from({ length: classes }, (_, at) => (at === index % classes ? 0.75 : 0.25));
    yield markedWindow(index, size, classes === 0 ? {} : { scores });
  }
  yield summaryOf(count);
}

async function filesOf(...models: ModelBundle[]): Promise<Files> {
  const files: Files = {};
  for await (const { path, pieces } of bundleFiles(models)) {
    const parts: Uint8Array[] = [];
    for await (const piece of pieces) parts.push(piece);
    files[path] = joinBytes(parts);
  }
  return files;
}

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

export function explorerSuite(bed: Bed): void {
  let page: Page;
  let small: Files;
  beforeAll(async () => {
    small = await filesOf(await modelBundle(marked(1000, 16, 3)), await modelBundle(marked(1000, 128, 0)));
    const big = await filesOf(await modelBundle(marked(100_000, 32, 0), { thumbnail: 8 }));
    for (const [name, files] of [
      ["small", small],
      ["big", big],
    ] as const) {
      for (const [path, bytes] of Object.entries(files)) {
        const target = join(bed.assets.folder, "projector", name, path);
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, bytes);
      }
    }
  }, 180_000);
  beforeEach(async () => {
    page = await bed.open();
  });
  afterEach(async () => {
    expect(await bed.close()).toEqual([]);
  });

  const status = (words: RegExp) =>
    expect.poll(() => page.getByRole("status").textContent(), { timeout: 60_000 }).toMatch(words);
  const open = (config: string) => page.goto(`${bed.worker.url}/?config=${encodeURIComponent(config)}`);
  const slider = () => page.getByRole("slider", { name: /^Windows of/ });
  const alert = () => page.getByRole("alert").textContent();
  const dropZip = async (name: string, files: Files, cut?: number) => {
    await page.goto(bed.worker.url);
    const buffer = Buffer.from(zipSync(files)).subarray(0, cut);
    await page.getByLabel("Recordings", { exact: true }).setInputFiles({ name, mimeType: "application/zip", buffer });
  };
  /** The number in the large thumbnail: 4 cells across and 5 up, bright for a bit that is set. */
  const markShown = () =>
    page.locator("canvas.picture.large").evaluate((canvas: HTMLCanvasElement) => {
      const { data, width, height } = (canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(
        0,
        0,
        canvas.width,
        canvas.height,
      );
      let index = 0;
      for (let bit = 0; bit < 20; bit++) {
        const x = Math.floor((((bit % 4) + 0.5) * width) / 4);
        const y = Math.floor(((5 - Math.floor(bit / 4) - 0.5) * height) / 5);
        const [red = 0, green = 0, blue = 0] = data.subarray(4 * (y * width + x));
        if (red + green + blue > 384) index |= 1 << bit;
      }
      return index;
    });

  test("1,000 windows of two models, by a link of this server: no warning, one order", {
    timeout: 120_000,
  }, async () => {
    await open("/projector/small/");
    await status(/^1,000 windows of vggish \(seeded weights\), from small/);
    expect(await page.getByLabel("Model", { exact: true }).locator("option").allTextContents()).toEqual([
      "yamnet",
      "vggish",
    ]);
    expect(await page.getByText("untrained (seeded) weights").isVisible()).toBe(true);
    await slider().press("End");
    await expect.poll(() => slider().getAttribute("aria-valuetext")).toBe("Window 1000 of 1000, 16:39.00 of call.wav");
    await expect.poll(markShown).toBe(999);
    await expect.poll(() => page.locator(".looked dl").textContent()).toMatch(/call\.wav.*top_classclass 0/);
    // What is most like it is what the numbers say.
    const rows = Array.from({ length: 1000 }, (_, index) => markedWindow(index, 16).embedding);
    const query = rows[999] as Float32Array;
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * (b[at] as number), 0);
    const cosines = rows.map((row) => dot(row, query) / Math.sqrt(dot(row, row) * dot(query, query)));
    const best = [...cosines.keys()].filter((at) => at !== 999).sort((a, b) => (cosines[b] ?? 0) - (cosines[a] ?? 0));
    await page.getByRole("button", { name: "Find like this" }).click();
    await expect
      .poll(async () => (await page.locator(".hit > .number:not(.rank)").allTextContents()).slice(0, 4))
      .toEqual(best.slice(0, 4).map((at) => (cosines[at] as number).toFixed(3)));
    // Coloured by a column of its own at first, by category with a legend; and by number with a scale.
    await expect
      .poll(() => page.locator(".plane ul.legend li").allTextContents())
      .toEqual([" class 0 334", " class 1 333", " class 2 333"]);
    await page.getByRole("button", { name: "class 1" }).click();
    await status(/^333 windows marked/);
    await page.getByLabel("Colour by").selectOption("time");
    await expect.poll(() => page.locator(".plane p.legend").textContent()).toMatch(/^0:00 .* min:s$/);
    // Found by a label, by a number; the others hidden.
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByRole("tab", { name: "Windows" }).click();
    await page.getByLabel("Find windows").fill("class 2");
    await expect.poll(() => page.getByRole("search").textContent()).toContain("333 found");
    await page.getByLabel("Column", { exact: true }).selectOption({ label: "window" });
    await page.getByLabel("Find windows").fill("41..50");
    await page.getByLabel("hide the others").check();
    await expect.poll(() => page.locator("#windows-listed").textContent()).toBe("10 windows found");
    await slider().press("Home");
    await expect.poll(() => slider().getAttribute("aria-valuenow")).toBe("40");
    await expect.poll(markShown).toBe(40);
    // The table in another order.
    const first = () => page.locator("table.points tbody tr:not(.room)").first().textContent();
    await page.locator("table.points").getByRole("button", { name: "window" }).click();
    await expect.poll(first).toMatch(/^ ?41call\.wav41/);
    await page.locator("table.points").getByRole("button", { name: "window" }).click();
    await expect.poll(first).toMatch(/^ ?50call\.wav50/);
    // The other model, of the same config and recording.
    await page.getByLabel("Model", { exact: true }).selectOption("vggish");
    await page.getByRole("button", { name: "UMAP" }).click();
    await status(/^UMAP of 1,000 windows is done/);
    expect(await alert()).toBe("");
  });

  test("a label of a window without sound is kept; its recording brings the sound when it is dropped", async () => {
    await open("/projector/small/");
    await status(/^1,000 windows of vggish/);
    await slider().press("Home");
    await page.keyboard.press("1");
    await status(/^Labelled/);
    const seconds = 5;
    const wav = wav16(orcaScene(seconds), SCENE_RATE);
    const input = page.getByLabel("Recordings", { exact: true });
    await page.locator("summary", { hasText: "Add" }).click();
    await input.setInputFiles({ name: "call.wav", mimeType: "audio/wav", buffer: Buffer.from(wav) });
    await status(/^1 recording can be seen and heard now/);
    await expect.poll(() => page.locator(".sound .facts").first().textContent()).toMatch(/^48 kHz/);
    expect(await page.locator(".recording").count()).toBe(1);
    await open("/projector/small/");
    await status(/^1,000 windows of vggish/);
    await expect.poll(() => page.getByRole("tab", { name: /^Labels/ }).textContent()).toBe("Labels 1");
  });

  test("a collection of the server and its labels; the same, exported and dropped", { timeout: 120_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "orca-explored-"));
    const made = await CollectionFolder.openForWriting(join(folder, "calls/yamnet"), MODEL);
    const haro = { name: "haro", project: "orcas" };
    await made.collection.put({ name: "haro/a.wav", deployment: haro, utc: EPOCH * 1000 }, newWindows(40, 1));
    await made.collection.put({ name: "haro/b.wav", deployment: haro }, newWindows(60, 2));
    const label = { label: "orca", kind: "positive", by: "ana" } as const;
    await made.collection.annotate([{ recording: "haro/b.wav", start: 1, end: 2, ...label }]);
    made.addAudioSource({ project: "orcas", base: folder });
    await mkdir(join(folder, "haro"));
    await writeFile(join(folder, "haro/b.wav"), wav16(orcaScene(5), SCENE_RATE));
    const explored = {
      name: "calls",
      folders: new Map([["yamnet", made]]),
      audio: undefined,
      models: folder,
      vectors: await vectorModule(),
    };
    const server = await serveOnLoopback(0, exploring(explored, folderAssets(bed.assets.folder)));
    try {
      bed.allowed.add(server.url);
      await page.goto(`${server.url}/?collection=calls`);
      await status(/^100 windows of 2 recordings by yamnet, from calls/);
      expect(await page.locator(".recording .name").allTextContents()).toEqual(["haro/a.wav", "haro/b.wav"]);
      await expect.poll(() => page.locator(".recording .facts").last().textContent()).toContain("1 label");
      await page.locator(".recording .row").last().click();
      await expect.poll(() => page.locator(".sound .facts").first().textContent()).toMatch(/^48 kHz/);
      const archive = join(folder, "calls.zip");
      await writeFile(
        archive,
        new Uint8Array(await (await fetch(`${server.url}/v1/collections/calls/export`)).arrayBuffer()),
      );
      await page.goto(bed.worker.url);
      await page.getByLabel("Recordings", { exact: true }).setInputFiles(archive);
      await status(/^100 windows of 2 recordings by yamnet, from yamnet/);
      await page.getByRole("tab", { name: /^Labels/ }).click();
      await expect
        .poll(() => page.locator(".label-row .where").allTextContents())
        .toEqual([expect.stringMatching(/^ ?orca0:01\.00 – 0:02\.00haro\/b\.wavana/)]);
      expect(await alert()).toBe("");
    } finally {
      await server.stop();
      made.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("all in one file: windows, labels, view and sound are there again", { timeout: 120_000 }, async () => {
    await page.getByRole("button", { name: "Use the sample" }).click();
    await status(/^Done: 49 windows/);
    await page.getByRole("slider", { name: /over time/ }).press("ArrowRight");
    await page.keyboard.press("1");
    await status(/^Labelled/);
    await page.getByLabel("Colour by").selectOption("label");
    await page.locator("summary", { hasText: "Take away" }).click();
    const waiting = page.waitForEvent("download");
    await page.getByRole("button", { name: /with its sound/ }).click();
    const file = await (await waiting).path();
    await page.locator(".recording .remove").click();
    await page.evaluate(async () => {
      for (const { name = "" } of await indexedDB.databases()) indexedDB.deleteDatabase(name);
    });
    await page.goto(bed.worker.url);
    await page.getByLabel("Recordings", { exact: true }).setInputFiles({
      name: "shared.zip",
      mimeType: "application/zip",
      buffer: await readFile(file),
    });
    await status(/^1 labels of labels\.csv were taken/);
    await expect.poll(() => page.locator(".sound .facts").first().textContent()).toMatch(/^48 kHz/);
    expect(await page.locator(".plane h2").textContent()).toBe("49 windows");
    expect(await page.getByLabel("Colour by").inputValue()).toBe("label");
    expect(await page.getByRole("tab", { name: /^Labels/ }).textContent()).toBe("Labels 1");
    expect(await alert()).toBe("");
  });

  test("a lasso by mouse and by keyboard; the picture nearer and back", async () => {
    await open("/projector/small/projector_config.json");
    await status(/^1,000 windows of vggish/);
    await slider().scrollIntoViewIfNeeded();
    const box = await slider().boundingBox();
    if (box === null) throw new Error("the picture is not there");
    await page.mouse.move(box.x + 4, box.y + 60);
    await page.mouse.down();
    for (const [x, y] of [
      [box.width - 4, 60],
      [box.width - 4, box.height - 4],
      [4, box.height - 4],
    ] as const) {
      await page.mouse.move(box.x + x, box.y + y, { steps: 4 });
    }
    await page.mouse.up();
    await status(/^[1-9]\d\d windows marked|^1,?000 windows marked/);
    const lassoed = await page.getByRole("status").textContent();
    await page.keyboard.press("Escape");
    await slider().press("ArrowRight");
    await slider().press("m");
    await expect.poll(() => page.getByRole("status").textContent()).not.toBe(lassoed);
    const first = Number.parseInt((await page.getByRole("status").textContent()) ?? "", 10);
    for (let again = 0; again < 4; again++) await slider().press("m");
    await expect
      .poll(async () => Number.parseInt((await page.getByRole("status").textContent()) ?? "", 10))
      .toBeGreaterThan(first);
    await page.locator(".plane").getByRole("button", { name: "Nearer" }).click();
    await page.locator(".plane").getByRole("button", { name: "All", exact: true }).click();
  });

  test("100,000 windows: shown without a warning, in bounded memory", { timeout: 180_000 }, async () => {
    const began = performance.now();
    await open("/projector/big/projector_config.json");
    await status(/^100,000 windows of vggish/);
    const took = performance.now() - began;
    await slider().press("End");
    await expect.poll(markShown).toBe(99_999);
    await page.getByRole("button", { name: "Find like this" }).click();
    await expect.poll(() => page.locator(".hit").count()).toBeGreaterThan(2);
    await page.getByRole("tab", { name: "Windows" }).click();
    await page.getByLabel("Column", { exact: true }).selectOption({ label: "window" });
    await page.getByLabel("Find windows").fill("= 77777");
    await expect.poll(() => page.locator("#windows-listed").textContent()).toBe("1 window found");
    const memory = await pageMemory(bed.browser);
    console.log(`100,000 windows shown after ${(took / 1000).toFixed(1)} s; page memory ${memory.toFixed(0)} MB`);
    // 12.8 MB of tensors, 7 MB of metadata, 6.4 MB of sprite, and what a page takes empty.
    expect(memory).toBeLessThan(400);
    expect(await alert()).toBe("");
  });

  test("a bundle that is dropped, as a zip or a folder", { timeout: 120_000 }, async () => {
    await dropZip("bundle.zip", small);
    await status(/^1,000 windows of vggish \(seeded weights\), from bundle\.zip/);
    await page.locator(".recording .remove").click();
    await page.getByLabel("A folder, of anything").setInputFiles(join(bed.assets.folder, "projector/small"));
    await status(/^1,000 windows of vggish \(seeded weights\), from small/);
    expect(await alert()).toBe("");
  });

  const config = (change: (embedding: Record<string, unknown>) => void) => {
    const parsed = JSON.parse(text(small["projector_config.json"]));
    change(parsed.embeddings[0]);
    return { ...small, "projector_config.json": strToU8(JSON.stringify(parsed)) } as Files;
  };
  const changed = (path: string, change: (lines: string[]) => string[]) =>
    ({ ...small, [path]: strToU8(change(text(small[path]).split("\n")).join("\n")) }) as Files;
  test.each([
    [
      "no config",
      () => ({ "a.txt": strToU8("x") }) as Files,
      /no projector_config\.json in it, and no hoplite\.sqlite\..*Recordings are taken as they are/,
    ],
    [
      "no JSON",
      () => ({ ...small, "projector_config.json": strToU8("{") }) as Files,
      /projector_config\.json is not JSON/,
    ],
    [
      "no shape",
      () => config((embedding) => delete embedding.tensorShape),
      /embeddings\[0\]\.tensorShape is not two whole numbers/,
    ],
    [
      "another host",
      () => config((embedding) => Object.assign(embedding, { tensorPath: "https://example.org/tensors.tsv" })),
      /https:\/\/example\.org\/tensors\.tsv is not among the bundle's files/,
    ],
    [
      "a missing file",
      () => {
        const { "yamnet/sprite.png": _, ...rest } = small;
        return rest as Files;
      },
      /yamnet\/sprite\.png is not among the bundle's files/,
    ],
    [
      "a row too few",
      () => changed("yamnet/metadata.tsv", (lines) => lines.slice(0, -2).concat("")),
      /999 rows of metadata for 1000 points.*same windows in the same order/,
    ],
    [
      "a NaN",
      () => changed("yamnet/tensors.tsv", (lines) => lines.with(5, lines[5]?.replace(/^[^\t]+/, "NaN") ?? "")),
      /row 6 has 15 numbers, the first has 16/,
    ],
    [
      "no PNG",
      () => ({ ...small, "yamnet/sprite.png": strToU8("GIF89a") }) as Files,
      /yamnet\/sprite\.png is no PNG that can be read/,
    ],
  ])("a card says what breaks the contract: %s", async (_, files, words) => {
    await dropZip("bundle.zip", files());
    await expect.poll(alert).toMatch(words);
  });

  test("a cut archive, and links that lead elsewhere", async () => {
    await dropZip("bundle.zip", small, 20_000);
    await expect.poll(alert).toMatch(/bundle\.zip cannot be unpacked/);
    for (const [link, words] of [
      ["https://example.org/projector_config.json", /is not a path of this server.*fetches nothing from other servers/],
      ["//example.org/projector_config.json", /is not a path of this server/],
      ["/projector/nothing/", /the server answers 404 for \/projector\/nothing\/projector_config\.json/],
      ["/v1/models", /embeddings is not a list/],
    ] as const) {
      await open(link);
      await expect.poll(alert).toMatch(words);
    }
  });

  test("axe finds no serious fault: light and dark, on a desk and a phone", { timeout: 120_000 }, async () => {
    await open("/projector/small/");
    await status(/^1,000 windows of vggish/);
    await slider().press("ArrowRight");
    await page.getByRole("tab", { name: "Windows" }).click();
    await page.getByLabel("Find windows").fill("class");
    await expect.poll(() => page.getByRole("search").textContent()).toContain("found");
    for (const [colorScheme, width] of [
      ["light", 1360],
      ["dark", 1360],
      ["light", 390],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      expect([colorScheme, width, await seriousFaults(page)]).toEqual([colorScheme, width, []]);
      await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }
  });
}
