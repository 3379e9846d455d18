import { readFile } from "node:fs/promises";
import { decode } from "fast-png";
import { unzipSync } from "fflate";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type PlainWorker, startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import type { WindowRecord } from "../../src/records/index.ts";
import { orcaScene, SCENE_RATE } from "../../src/sample/index.ts";
import { ffmpeg, ffmpegExists } from "../support/ffmpeg.ts";
import { type Experiment, readBundle } from "../support/projector-reader.ts";
import { sceneWav } from "../support/recordings.ts";
import { recordsOf } from "../support/records.ts";
import { pageAssets } from "./support/assets.ts";
import { seriousFaults } from "./support/axe.ts";
import { type Browser, chromiumExists, startChromium } from "./support/chromium.ts";

const SECONDS = 24;
const WINDOWS = 49;

/** A call of AudioBufferSourceNode.start, and some of the samples that it plays. */
interface Started {
  readonly when: number;
  readonly offset: number;
  readonly duration: number;
  readonly rate: number;
  readonly samples: readonly number[];
}

declare global {
  interface Window {
    started: Started[];
  }
}

describe.skipIf(!chromiumExists)("the page in Chromium", () => {
  let assets: Awaited<ReturnType<typeof pageAssets>>;
  let worker: PlainWorker;
  let browser: Browser;
  let page: Page;
  let troubles: string[];
  beforeAll(async () => {
    assets = await pageAssets();
    worker = await startPlainWorker(assets.folder);
    browser = await startChromium({ acceptDownloads: true });
  });
  afterAll(async () => {
    await browser?.close();
    await worker?.stop();
    await assets?.remove();
  });

  beforeEach(async () => {
    page = await browser.context.newPage();
    troubles = [];
    page.on("pageerror", ({ message }) => troubles.push(message));
    page.on("console", (message) => {
      // A refused projector bundle is the test's own doing.
      if (message.type() === "error" && !/projector/.test(message.location().url)) troubles.push(message.text());
    });
    page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== worker.url && protocol !== "blob:") troubles.push(`asked for ${request.url()}`);
    });
    await page.addInitScript(() => {
      window.started = [];
      const start = AudioBufferSourceNode.prototype.start;
      AudioBufferSourceNode.prototype.start = function (when = 0, offset = 0, duration = 0) {
        const samples = [...(this.buffer?.getChannelData(0) ?? [])].filter((_, at) => at % 480 === 0);
        window.started.push({ when, offset, duration, rate: this.buffer?.sampleRate ?? 0, samples });
        start.call(this, when, offset, duration);
      };
    });
    await page.goto(worker.url);
  });
  afterEach(async () => {
    await page.close();
    expect(troubles).toEqual([]);
  });

  const status = (words: RegExp) =>
    expect.poll(() => page.getByRole("status").textContent(), { timeout: 60_000 }).toMatch(words);
  const slider = () => page.getByRole("slider");
  const sample = async () => {
    await page.getByRole("button", { name: "Use the sample" }).click();
    await status(/^Done: 49 windows of orca-scene\.wav by yamnet/);
  };
  /** Drops a file on the page, as a hand would. */
  const drop = async (name: string, bytes: Uint8Array) => {
    const transfer = await page.evaluateHandle(
      ({ name, text }) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], name));
        return transfer;
      },
      { name, text: Buffer.from(bytes).toString("base64") },
    );
    await page.dispatchEvent("main", "drop", { dataTransfer: transfer });
  };
  /** The place of the ring around the point that is looked at: the middle of the accent's pixels. */
  const ring = () =>
    slider().evaluate((stage) => {
      const canvas = stage.querySelector("canvas") as HTMLCanvasElement;
      const probe = document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;
      probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent");
      probe.fillRect(0, 0, 1, 1);
      const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
      const { data, width } = (canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(
        0,
        0,
        canvas.width,
        canvas.height,
      );
      let [x, y, count] = [0, 0, 0];
      for (let at = 0; at < data.length; at += 4) {
        if (data[at] !== red || data[at + 1] !== green || data[at + 2] !== blue) continue;
        x += (at / 4) % width;
        y += Math.floor(at / 4 / width);
        count++;
      }
      const scale = canvas.clientWidth / canvas.width;
      return { x: (x / count) * scale, y: (y / count) * scale };
    });

  test("a dropped file: windows stream in, and every model is drawn in step", async () => {
    await page.getByLabel("vggish", { exact: true }).check();
    await page.getByLabel("humpback", { exact: true }).check();
    const seen: number[] = [];
    await page.exposeFunction("note", (count: number) => seen.push(count));
    await page.evaluate(() => {
      const watch = () => {
        const windows = /(\d+) windows$/.exec(document.querySelector(".progress span")?.textContent ?? "")?.[1];
        if (windows !== undefined) void (window as unknown as { note: (count: number) => void }).note(Number(windows));
        requestAnimationFrame(watch);
      };
      watch();
    });
    await drop("SBW1_20231105_041530Z.wav", sceneWav(SECONDS));
    // The models come in the manifest's order.
    await status(/^Done: 49 windows of SBW1_20231105_041530Z\.wav by yamnet/);
    // The counts of three models, one after the other; more than the start and the end of each was seen.
    expect(new Set(seen).size).toBeGreaterThan(6);
    await expect
      .poll(() => page.getByRole("img").getAttribute("aria-label"))
      .toBe(
        "Waveform, spectrograms and embeddings of SBW1_20231105_041530Z.wav, 0:26.9: 7 windows of humpback, 24 windows of vggish, 49 windows of yamnet.",
      );
    await expect.poll(() => page.getByRole("heading", { name: "Seeded weights" }).isVisible()).toBe(true);
    // Its name says when it began.
    await slider().press("End");
    await expect.poll(() => page.locator(".times").textContent()).toMatch(/2023-11-05 04:15:\d\d UTC/);
  });

  test("a click plays the seconds of its window, and those alone", async () => {
    await sample();
    const scene = orcaScene();
    const stage = slider();
    await stage.focus();
    for (let step = 0; step < 11; step++) await page.keyboard.press("ArrowRight");
    await expect
      .poll(() => stage.getAttribute("aria-valuetext"))
      .toMatch(/^Window 11 of 49, 0:04\.80 of orca-scene\.wav, class \d+ at 0\.\d\d$/);
    // The points stand still when the components of all windows are known, which may be after the last window came.
    let position = await ring();
    await expect
      .poll(
        async () => {
          const before = position;
          position = await ring();
          return Math.hypot(position.x - before.x, position.y - before.y);
        },
        { interval: 500 },
      )
      .toBe(0);
    await page.keyboard.press("Escape");
    await expect.poll(() => stage.getAttribute("aria-valuetext")).toMatch(/none looked at/);
    expect(await page.evaluate(() => window.started.length)).toBe(0);
    await stage.click({ position });
    await expect.poll(() => page.evaluate(() => window.started.length)).toBe(1);
    expect(await stage.getAttribute("aria-valuenow")).toBe("10");
    const [started] = (await page.evaluate(() => window.started)) as [Started];
    expect(started).toMatchObject({ offset: 0, rate: SCENE_RATE });
    expect(started.duration).toBeCloseTo(0.96, 6);
    // The samples are those from 4.80 s on, in 16 bits.
    const [from, count] = [4.8 * SCENE_RATE, 0.96 * SCENE_RATE];
    expect(started.samples.length).toBe(Math.ceil(count / 480));
    for (const [at, value] of started.samples.entries()) {
      expect(Math.abs(value - (scene[Math.round(from) + 480 * at] as number))).toBeLessThan(1.6e-5);
    }
    // The list of neighbours plays as well.
    const neighbour = page.locator(".nearest li").first();
    const words = (await neighbour.getByRole("button").nth(1).textContent()) ?? "";
    await neighbour.getByRole("button", { name: "Play" }).click();
    await expect.poll(() => page.evaluate(() => window.started.length)).toBe(2);
    const second = (await page.evaluate(() => window.started[1])) as Started;
    const [, start = ""] = /^\d+:([\d.]+)/.exec(words) ?? [];
    expect(
      Math.abs((second.samples[7] as number) - (scene[Math.round(Number(start) * SCENE_RATE) + 480 * 7] as number)),
    ).toBeLessThan(1.6e-5);
    const cosines = (await page.locator(".nearest .number").allTextContents()).map(Number);
    expect(cosines).toEqual([...cosines].sort((a, b) => b - a));
    expect(cosines.length).toBe(8);
  });

  test("playing the recording: pieces follow one another without a gap", async () => {
    await sample();
    await page.getByRole("button", { name: "▶ Play" }).first().click();
    await expect.poll(() => page.evaluate(() => window.started.length), { timeout: 10_000 }).toBe(2);
    await page.getByRole("button", { name: "Stop" }).click();
    const [first, second] = (await page.evaluate(() => window.started)) as [Started, Started];
    expect(second.when).toBeCloseTo(first.when + first.duration, 6);
    await expect.poll(() => page.getByRole("button", { name: "▶ Play" }).first().isVisible()).toBe(true);
  });

  test("a lasso marks what it encloses; UMAP comes from a worker", async () => {
    await sample();
    const box = await slider().boundingBox();
    if (box === null) throw new Error("the scatter is not there");
    const corners = [
      [4, 4],
      [box.width - 4, 4],
      [box.width - 4, box.height - 4],
      [4, box.height - 4],
    ] as const;
    const lasso = async (points: readonly (readonly [number, number])[]) => {
      const place = ([x, y]: readonly [number, number]) => [box.x + x, box.y + y] as const;
      await page.mouse.move(...place(points[0] as readonly [number, number]));
      await page.mouse.down();
      for (const point of points) await page.mouse.move(...place(point), { steps: 4 });
      await page.mouse.up();
    };
    await slider().scrollIntoViewIfNeeded();
    Object.assign(box, await slider().boundingBox());
    await lasso(corners);
    await status(/^49 windows selected/);
    await expect.poll(() => page.getByRole("heading", { name: "49 windows marked" }).isVisible()).toBe(true);
    const half = box.width / 2;
    await lasso([
      [4, 4],
      [half, 4],
      [half, box.height - 4],
      [4, box.height - 4],
    ]);
    await status(/^(?!49)\d+ windows selected/);
    const left = Number(/^\d+/.exec((await page.getByRole("status").textContent()) ?? "")?.[0]);
    expect(left).toBeGreaterThan(5);
    expect(left).toBeLessThan(44);
    await page.getByRole("button", { name: "UMAP" }).click();
    await status(/^UMAP of 49 windows is done/);
    await expect.poll(() => page.getByRole("button", { name: "UMAP" }).getAttribute("aria-pressed")).toBe("true");
  });

  const download = async (
    button: string,
    act: () => Promise<void> = async () => {},
  ): Promise<{ name: string; bytes: Buffer }> => {
    const waiting = page.waitForEvent("download", { timeout: 60_000 });
    await page.getByRole("button", { name: button }).click();
    await act();
    const file = await waiting;
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
  };

  test("exports: NDJSON, CSV, npz, PNG and WebM", { timeout: 180_000 }, async () => {
    await sample();
    const text = await download("NDJSON");
    expect(text.name).toBe("orca-scene.wav.yamnet.ndjson");
    const records = await recordsOf(text.bytes);
    expect(records.map(({ type }) => type)).toEqual(["header", ...new Array(WINDOWS).fill("window"), "summary"]);
    expect(records.at(-1)).toMatchObject({ windows: WINDOWS, seconds: SECONDS, complete: true });
    const windows = records.filter((record): record is WindowRecord => record.type === "window");

    const table = (await download("CSV")).bytes.toString().trim().split("\n");
    const rows = table.filter((line) => !line.startsWith("#"));
    expect(rows.length).toBe(WINDOWS + 1);
    expect(rows[0]?.split(",").length).toBe(3 + 1024 + 521);
    expect(rows[5]?.split(",").slice(0, 4).map(Number)).toEqual([
      4,
      1.92,
      2.88,
      expect.closeTo(windows[4]?.embedding[0] as number, 6),
    ]);

    const files = unzipSync((await download("npz")).bytes);
    const array = (name: string) => {
      const bytes = files[`${name}.npy`] as Uint8Array<ArrayBuffer>;
      const header = new TextDecoder().decode(bytes.subarray(10, 128));
      return { shape: /'shape': \(([^)]*)\)/.exec(header)?.[1], values: new Float32Array(bytes.slice(128).buffer) };
    };
    expect(array("embedding").shape).toBe(`${WINDOWS}, 1024`);
    expect(array("embedding").values.slice(4 * 1024, 5 * 1024)).toEqual(windows[4]?.embedding);
    expect(array("scores").shape).toBe(`${WINDOWS}, 521`);
    const spectrogram = array("spectrogram");
    expect(spectrogram.shape).toBe(`${WINDOWS}, 96, 64`);
    // Windows overlap by half: the second half of one is the first of the next.
    expect(spectrogram.values.slice(48 * 64, 96 * 64)).toEqual(spectrogram.values.slice(96 * 64, 144 * 64));

    const picture = await download("PNG of the view");
    const { width, height, data } = decode(picture.bytes);
    expect([width, height]).toEqual([2560, 1440]);
    expect(new Set(data.filter((_, at) => at % 997 === 0)).size).toBeGreaterThan(50);

    const video = await download("Video of the view", async () => {
      await page.waitForTimeout(2500);
      await page.getByRole("button", { name: "Stop and save the video" }).click();
    });
    expect(video.name).toBe("orca-scene.wav.yamnet.webm");
    expect(video.bytes.subarray(0, 4).toString("hex")).toBe("1a45dfa3");
    expect(video.bytes.subarray(0, 64).toString("latin1")).toContain("webm");
    // A picture and a sound track (matroska.org: CodecID of each).
    expect(video.bytes.toString("latin1")).toMatch(/V_VP[89]/);
    expect(video.bytes.toString("latin1")).toContain("A_OPUS");
    expect(video.bytes.length).toBeGreaterThan(20_000);
  });

  test("exports: the projector's bundle, by the contract and with the page's windows", async () => {
    await sample();
    const text = await download("NDJSON");
    const records = await recordsOf(text.bytes);
    const windows = records.filter((record): record is WindowRecord => record.type === "window");
    const zip = await download("Projector bundle");
    expect(zip.name).toBe("orca-scene.wav.yamnet.projector.zip");
    const files = unzipSync(zip.bytes);
    const [experiment] = readBundle((path) => files[path] as Uint8Array) as [Experiment];
    expect(experiment.warnings).toEqual([]);
    expect(experiment.tensors.length).toBe(WINDOWS);
    for (const [at, { embedding, start }] of windows.entries()) {
      expect(experiment.metadata.rows[at]).toMatchObject({ file: "orca-scene.wav", start: String(start) });
      const row = experiment.tensors[at] as Float32Array;
      expect(Math.max(...row.map((value, i) => Math.abs(value - (embedding[i] as number))))).toBeLessThan(1e-4);
    }
  });

  test("a server without projector bundles is said in a sentence", async () => {
    await sample();
    await page.route("**/v1/projector*", (route) => route.fulfill({ status: 404, body: "{}" }));
    await page.getByRole("button", { name: "Projector bundle" }).click();
    await expect
      .poll(() => page.getByRole("alert").textContent())
      .toMatch(/does not make bundles for the Embedding Projector/);
  });

  test.skipIf(!ffmpegExists).each([
    ["FLAC", "flac", ["-f", "flac"], 3e-4],
    ["a transport stream, which no browser decodes", "ts", ["-c:a", "aac", "-b:a", "192k", "-f", "mpegts"], 0.1],
    ["WAV of 64 bits", "wav", ["-c:a", "pcm_f64le", "-f", "wav"], 3e-4],
  ] as const)("%s is seen and heard, in step with the windows", async (_, ending, options, tolerance) => {
    const scene = orcaScene(6);
    await drop(`call.${ending}`, ffmpeg(["-i", "pipe:", ...options], sceneWav(6)));
    await status(/^Done: \d+ windows of call\./);
    const stage = slider();
    await stage.focus();
    await page.keyboard.press("Home");
    for (let step = 0; step < 4; step++) await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate(() => window.started.length)).toBe(1);
    const [started] = (await page.evaluate(() => window.started)) as [Started];
    expect(started).toMatchObject({ offset: 0, rate: SCENE_RATE });
    expect(started.duration).toBeCloseTo(0.96, 6);
    // AAC's encoder puts 1024 samples of its own in front, which neither it nor the server takes away.
    const from = Math.round(1.92 * SCENE_RATE) - (ending === "ts" ? 1024 : 0);
    let [difference, level] = [0, 0];
    for (const [at, value] of started.samples.entries()) {
      const expected = scene[from + 480 * at] as number;
      difference += (value - expected) ** 2;
      level += expected ** 2;
    }
    expect(Math.sqrt(difference / level)).toBeLessThan(tolerance);
  });

  test("a bad file: a card with the problem's own words", async () => {
    await page.getByLabel("vggish", { exact: true }).check();
    await drop("notes.wav", new TextEncoder().encode("This is not a recording."));
    const card = page.getByRole("alert").getByRole("region", { name: /notes\.wav, vggish: not audio/ });
    await status(/^Failed after 0 windows of notes\.wav by vggish\.$/);
    await expect.poll(() => card.isVisible()).toBe(true);
    const words = (await card.textContent()) ?? "";
    expect(words).toMatch(/text/);
    expect(words).toMatch(/not_audio at byte 0/);
    expect(await page.getByRole("alert").getByRole("region").count()).toBe(1);
    await card.getByRole("button", { name: "Dismiss" }).click();
    await expect.poll(() => page.getByRole("alert").textContent()).toBe("");
    // The page goes on.
    await sample();
  });

  test("cancelling keeps the windows that came", async () => {
    await drop("long.wav", sceneWav(300));
    await expect
      .poll(() => page.locator(".progress span").textContent(), { timeout: 30_000 })
      .toMatch(/ [1-9]\d* windows$/);
    await page.getByRole("button", { name: "Cancel" }).click();
    await status(/^Cancelled: [1-9]\d* windows of long\.wav by yamnet/);
  });

  test("live sound", async () => {
    await page.getByRole("button", { name: "Listen live" }).click();
    await expect
      .poll(() => page.locator(".progress span").textContent(), { timeout: 30_000 })
      .toMatch(/ [3-9] windows$/);
    await page.getByRole("button", { name: "Stop" }).click();
    await status(/^Done: \d+ windows of Live, 20\d\d-/);
    expect(Number(await slider().getAttribute("aria-valuemax"))).toBeGreaterThan(1);
  });

  test.each(["light", "dark"] as const)("axe finds no serious fault: %s", { timeout: 120_000 }, async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await expect.poll(() => page.getByRole("table").isVisible()).toBe(true);
    expect(await seriousFaults(page)).toEqual([]);
    await drop("notes.wav", new TextEncoder().encode("This is not a recording."));
    await expect.poll(() => page.getByRole("alert").textContent()).toMatch(/not audio/);
    await sample();
    await slider().press("ArrowRight");
    await slider().press("Space");
    await slider().press("ArrowRight");
    await slider().press("Space");
    await expect.poll(() => page.getByRole("heading", { name: "2 windows marked" }).isVisible()).toBe(true);
    expect(await seriousFaults(page)).toEqual([]);
    await page.goto(`${worker.url}/docs`);
    await expect.poll(() => page.getByRole("heading", { name: "/v1/embeddings" }).isVisible()).toBe(true);
    expect(await seriousFaults(page)).toEqual([]);
  });
});
