import { readFile } from "node:fs/promises";
import { decode } from "fast-png";
import { unzipSync } from "fflate";
import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { WindowRecord } from "../../../src/records/index.ts";
import { orcaScene, SCENE_RATE, wav16 } from "../../../src/sample/index.ts";
import { sceneWav } from "../../support/recordings.ts";
import { recordsOf } from "../../support/records.ts";
import { seriousFaults } from "../support/axe.ts";
import type { Bed } from "../support/bed.ts";

const SECONDS = 24;
const WINDOWS = 49;

/** A call of AudioBufferSourceNode.start, and some of the samples that it plays. */
interface Started {
  readonly when: number;
  readonly duration: number;
  readonly rate: number;
  readonly speed: number;
  readonly samples: readonly number[];
}

declare global {
  interface Window {
    started: Started[];
  }
}

/** Notes what is played, before the page's own scripts run. */
function noteSound(): void {
  window.started = [];
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (when = 0, offset = 0, duration = 0) {
    const samples = [...(this.buffer?.getChannelData(0) ?? [])].filter((_, at) => at % 480 === 0);
    const speed = this.playbackRate.value;
    window.started.push({ when, duration, rate: this.buffer?.sampleRate ?? 0, speed, samples });
    start.call(this, when, offset, duration);
  };
}

export function workbenchSuite(bed: Bed): void {
  let page: Page;
  beforeEach(async () => {
    page = await bed.open(noteSound);
  });
  afterEach(async () => {
    expect(await bed.close()).toEqual([]);
  });

  const status = (words: RegExp) =>
    expect.poll(() => page.getByRole("status").textContent(), { timeout: 60_000 }).toMatch(words);
  const plane = () => page.getByRole("slider", { name: /^Windows of/ });
  const sound = () => page.getByRole("slider", { name: /over time/ });
  const started = () => page.evaluate(() => window.started);
  const sample = async () => {
    await page.getByRole("button", { name: "Use the sample" }).click();
    await status(/^Done: 49 windows of orca-scene\.wav by yamnet/);
  };
  const choose = (...files: { name: string; bytes: Uint8Array }[]) =>
    page
      .getByLabel("Recordings", { exact: true })
      .setInputFiles(files.map(({ name, bytes }) => ({ name, mimeType: "", buffer: Buffer.from(bytes) })));
  const download = async (menu: string, button: string, act: () => Promise<void> = async () => {}) => {
    const waiting = page.waitForEvent("download", { timeout: 60_000 });
    const summary = page.locator("summary", { hasText: menu });
    if (!(await page.getByRole("button", { name: button, exact: true }).isVisible())) await summary.click();
    await page.getByRole("button", { name: button, exact: true }).click();
    await act();
    const file = await waiting;
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
  };
  /** Draws a box on the spectrogram, by parts of its panel. */
  const draw = async ([x0, y0]: readonly [number, number], [x1, y1]: readonly [number, number]) => {
    const box = await sound().boundingBox();
    if (box === null) throw new Error("the spectrogram is not there");
    const at = (x: number, y: number) => [box.x + 56 + x * (box.width - 56), box.y + y * box.height] as const;
    await page.mouse.move(...at(x0, y0));
    await page.mouse.down();
    await page.mouse.move(...at(x1, y1), { steps: 4 });
    await page.mouse.up();
  };
  const colours = (selector: string) =>
    page.locator(selector).evaluate((canvas: HTMLCanvasElement) => {
      const { data } = (canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(
        0,
        0,
        canvas.width,
        canvas.height,
      );
      return new Set(new Uint32Array(data.buffer).filter((_, at) => at % 101 === 0)).size;
    });

  test("recordings go through the model in the page: the numbers of the Worker, to the bit", async () => {
    const bytes = sceneWav(SECONDS);
    await choose({ name: "SBW1_20231105_041530Z.wav", bytes }, { name: "the same.wav", bytes });
    await status(/^Done: 49 windows of SBW1_20231105_041530Z\.wav by yamnet|^One file was here already/);
    await expect.poll(() => page.locator(".recording.done .facts").allTextContents()).toEqual(["0:24 · 49 windows"]);
    // Its name says when it began.
    await expect
      .poll(() => page.locator(".sound .panel-head .facts").textContent())
      .toBe("48 kHz · 0:24.0 · 2023-11-05 04:15:30 UTC");
    const records = await recordsOf((await download("Take away", "NDJSON")).bytes);
    const query = "model=yamnet&variant=int8&include=scores,spectrogram&encoding=base64&file=SBW1_20231105_041530Z.wav";
    const answer = await fetch(`${bed.worker.url}/v1/embeddings?${query}`, {
      method: "POST",
      body: bytes as Uint8Array<ArrayBuffer>,
    });
    const served = await recordsOf(new Uint8Array(await answer.arrayBuffer()));
    expect(records.length).toBe(WINDOWS + 2);
    expect(records.slice(0, -1)).toEqual(
      served.slice(0, -1).map((record) => {
        if (record.type !== "window") return record;
        const { spectrogram: _, ...rest } = record;
        return rest;
      }),
    );
    // The spectrogram is there, and is no plain colour.
    await expect.poll(() => colours(".sound-stage canvas")).toBeGreaterThan(100);
  });

  test("a click plays the seconds of its window, and those alone; slower, and from piece to piece", async () => {
    await sample();
    const scene = orcaScene();
    await plane().focus();
    for (let step = 0; step < 11; step++) await page.keyboard.press("ArrowRight");
    await expect
      .poll(() => plane().getAttribute("aria-valuetext"))
      .toMatch(/^Window 11 of 49, 0:04\.80 of orca-scene\.wav, class \d+ at 0\.\d\d$/);
    expect((await started()).length).toBe(0);
    await page.keyboard.press("Enter");
    await expect.poll(async () => (await started()).length).toBe(1);
    const [first] = (await started()) as [Started];
    expect(first).toMatchObject({ rate: SCENE_RATE, speed: 1 });
    expect(first.duration).toBeCloseTo(0.96, 6);
    // The samples are those from 4.80 s on, in 16 bits.
    for (const [at, value] of first.samples.entries()) {
      expect(Math.abs(value - (scene[4.8 * SCENE_RATE + 480 * at] as number))).toBeLessThan(1.6e-5);
    }
    await page.getByLabel("Speed").selectOption("0.5 false");
    await sound().press("Enter");
    await expect.poll(async () => (await started()).length).toBe(2);
    expect((await started())[1]).toMatchObject({ speed: 0.5, duration: expect.closeTo(0.96, 6) });
    // With its pitch kept twice the samples are played, as fast as ever.
    await page.getByLabel("Speed").selectOption("0.5 true");
    await sound().press("Enter");
    await expect.poll(async () => (await started()).length).toBe(3);
    expect((await started())[2]).toMatchObject({ speed: 1, duration: expect.closeTo(1.92, 1) });
    await page.getByLabel("Speed").selectOption("1 true");
    await page.keyboard.press("Escape");
    await sound().press("Escape");
    await page.getByRole("button", { name: "▶ Play" }).click();
    await expect.poll(async () => (await started()).length, { timeout: 10_000 }).toBe(5);
    await page.getByRole("button", { name: "■ Stop" }).click();
    const [, , , a, b] = (await started()) as [Started, Started, Started, Started, Started];
    expect(b.when).toBeCloseTo(a.when + a.duration, 6);
  });

  test("labels: drawn, undone, kept while the page is closed, and taken away", async () => {
    const bytes = sceneWav(SECONDS);
    await choose({ name: "one.wav", bytes });
    await status(/^Done: 49 windows/);
    await draw([0.25, 0.3], [0.5, 0.5]);
    await page.keyboard.press("1");
    await status(/^Labelled orca call: 1/);
    await draw([0.75, 0.02], [0.8, 0.02]);
    await page.keyboard.press("Shift+Digit2");
    await status(/^Labelled humpback \(negative\): 1/);
    const tab = page.getByRole("tab", { name: /^Labels/ });
    await expect.poll(() => tab.textContent()).toBe("Labels 2");
    await page.keyboard.press("Control+z");
    await expect.poll(() => tab.textContent()).toBe("Labels 1");
    await page.getByRole("button", { name: "Redo" }).click();
    await expect.poll(() => tab.textContent()).toBe("Labels 2");

    await page.goto(bed.worker.url);
    await expect.poll(() => page.locator(".empty").textContent()).toContain("Labels of 1 recordings are kept");
    await choose({ name: "called otherwise.wav", bytes });
    await expect.poll(() => tab.textContent()).toBe("Labels 2");
    await tab.click();
    const raven = await download("Export", "Raven selection table");
    const [head = "", ...rows] = raven.bytes.toString().trimEnd().split("\n");
    const cells = (row: string | undefined) =>
      Object.fromEntries(head.split("\t").map((name, at) => [name, row?.split("\t")[at]]));
    expect(rows.length).toBe(2);
    const [first, second] = [cells(rows[0]), cells(rows[1])];
    expect(first).toMatchObject({
      "Begin Path": "called otherwise.wav",
      Label: "orca call",
      Kind: "positive",
      By: "me",
    });
    expect(Number(first["Begin Time (s)"])).toBeCloseTo(6, 1);
    expect(Number(first["End Time (s)"])).toBeCloseTo(12, 1);
    const [low, high] = [Number(first["Low Freq (Hz)"]), Number(first["High Freq (Hz)"])];
    expect(low).toBeGreaterThan(4000);
    expect(high).toBeLessThan(24_000);
    expect(high).toBeGreaterThan(low + 3000);
    expect(second).toMatchObject({ Label: "humpback", Kind: "negative" });
    // Back into another page that has none.
    await page.getByRole("button", { name: /^Remove the label orca call/ }).click();
    await expect.poll(() => tab.textContent()).toBe("Labels 1");
    // Or its end would be told over what the table gave.
    await expect.poll(() => page.locator(".recording.done").count()).toBe(1);
    await page
      .getByLabel("A table of labels")
      .setInputFiles({ name: "labels.txt", mimeType: "text/plain", buffer: raven.bytes });
    await status(/^1 labels of labels\.txt were taken/);
    await expect.poll(() => tab.textContent()).toBe("Labels 2");
  });

  test("everything like a call: ranked by cosine, accepted and rejected by keys", async () => {
    await sample();
    await plane().focus();
    for (let step = 0; step < 11; step++) await page.keyboard.press("ArrowRight");
    await page.keyboard.press("f");
    const list = page.getByRole("region", { name: /^Hits/ });
    await page.getByLabel(/^At least/).fill("-0.2");
    await expect
      .poll(() => page.locator(".hits-tools p").textContent())
      .toBe("48 windows like the window that was looked at");
    const records = await recordsOf((await download("Take away", "NDJSON")).bytes);
    const rows = records.filter((record): record is WindowRecord => record.type === "window");
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * (b[at] as number), 0);
    const query = (rows[10] as WindowRecord).embedding;
    const cosines = rows.map(
      ({ embedding }) => dot(embedding, query) / Math.sqrt(dot(embedding, embedding) * dot(query, query)),
    );
    const best = [...cosines.keys()].filter((at) => at !== 10).sort((a, b) => (cosines[b] ?? 0) - (cosines[a] ?? 0));
    const shown = await page.locator(".hit > .number:not(.rank)").allTextContents();
    expect(shown.slice(0, 3)).toEqual(best.slice(0, 3).map((at) => (cosines[at] as number).toFixed(3)));
    await list.press("a");
    await list.press("r");
    // Windows that overlap have each other's labels too.
    const said = (at: number) => page.locator(".hit .said").nth(at).textContent();
    await expect.poll(() => said(0)).toMatch(/(^| )orca call/);
    await expect.poll(() => said(1)).toMatch(/not orca call/);
    await expect.poll(() => page.getByRole("tab", { name: /^Labels/ }).textContent()).toBe("Labels 2");
    // What is listed may be as different as can be.
    await page.getByLabel("Listed").selectOption("diverse");
    await expect.poll(() => page.locator(".hit").count()).toBeGreaterThan(3);
  });

  test("a lasso marks what it encloses; UMAP comes from a worker", async () => {
    await sample();
    const box = await plane().boundingBox();
    if (box === null) throw new Error("the plane is not there");
    const lasso = async (right: number) => {
      const corners = [
        [4, 4],
        [right, 4],
        [right, box.height - 4],
        [4, box.height - 4],
      ] as const;
      await page.mouse.move(box.x + 4, box.y + 4);
      await page.mouse.down();
      for (const [x, y] of corners) await page.mouse.move(box.x + x, box.y + y, { steps: 4 });
      await page.mouse.up();
    };
    // The points are there when their axes have been found.
    await expect
      .poll(async () => {
        await lasso(box.width - 4);
        return page.getByRole("status").textContent();
      })
      .toMatch(/^49 windows marked/);
    await lasso(box.width / 2);
    await status(/^(?!49)\d+ windows? marked/);
    await page.getByRole("button", { name: "UMAP" }).click();
    await status(/^UMAP of 49 windows is done/);
  });

  test("classes have their names where the server knows them", async () => {
    await page.route("**/v1/models", async (route) => {
      const { models } = (await (await route.fetch()).json()) as { models: Record<string, unknown>[] };
      await route.fulfill({ json: { models: models.map((model) => ({ ...model, classes: "/names" })) } });
    });
    const classes = Array.from({ length: 521 }, (_, at) => ({ name: `Sound ${at}, as heard` }));
    await page.route("**/names", (route) => route.fulfill({ json: { classes } }));
    await page.goto(bed.worker.url);
    await sample();
    await page.getByLabel("Colour by").selectOption("class");
    await expect.poll(() => page.locator("ul.legend li").first().textContent()).toMatch(/Sound \d+, as heard/);
    await plane().press("End");
    await expect.poll(() => plane().getAttribute("aria-valuetext")).toMatch(/, Sound \d+, as heard at [01]\.\d\d$/);
    await expect.poll(() => page.locator(".looked dl").textContent()).toMatch(/ClassesSound \d+, as heard [01]\.\d\d/);
  });

  test("what is taken away: CSV, npz, PNG and WebM", { timeout: 120_000 }, async () => {
    await sample();
    const table = (await download("Take away", "CSV")).bytes.toString().trim().split("\n");
    expect(table.filter((line) => !line.startsWith("#")).length).toBe(WINDOWS + 1);
    const files = unzipSync((await download("Take away", "npz")).bytes);
    const shape = (name: string) =>
      /'shape': \(([^)]*)\)/.exec(
        new TextDecoder().decode((files[`${name}.npy`] as Uint8Array).subarray(10, 128)),
      )?.[1];
    expect([shape("embedding"), shape("scores"), shape("spectrogram")]).toEqual([
      `${WINDOWS}, 1024`,
      `${WINDOWS}, 521`,
      `${WINDOWS}, 96, 64`,
    ]);
    const picture = decode((await download("Take away", "PNG of the view")).bytes);
    expect([picture.width, picture.height]).toEqual([2560, 1440]);
    expect(new Set(picture.data.filter((_, at) => at % 997 === 0)).size).toBeGreaterThan(50);
    const video = await download("Take away", "Video of the view", async () => {
      await page.waitForTimeout(1500);
      await page.getByRole("button", { name: "Stop and save the video" }).click();
    });
    // A picture and a sound track (matroska.org: CodecID of each).
    expect(video.bytes.subarray(0, 4).toString("hex")).toBe("1a45dfa3");
    expect(video.bytes.toString("latin1")).toMatch(/V_VP[89]/);
    expect(video.bytes.toString("latin1")).toContain("A_OPUS");
  });

  test("a file that is none, one that is stopped, and one that is removed", async () => {
    await choose({ name: "notes.wav", bytes: new TextEncoder().encode("This is not a recording.") });
    const card = page.getByRole("alert").getByRole("region", { name: /notes\.wav, yamnet: not audio/ });
    await expect.poll(() => card.isVisible()).toBe(true);
    expect(await card.textContent()).toMatch(/not_audio at byte 0/);
    await card.getByRole("button", { name: "Dismiss" }).click();
    await expect.poll(() => page.getByRole("alert").textContent()).toBe("");
    await page.getByRole("button", { name: "Remove notes.wav" }).click();
    await expect.poll(() => page.locator(".empty").isVisible()).toBe(true);
    // Long enough not to be done before it is stopped.
    const call = orcaScene(20);
    const long = Float32Array.from({ length: 14 * call.length }, (_, at) => call[at % call.length] as number);
    await choose({ name: "long.wav", bytes: wav16(long, SCENE_RATE) });
    await expect
      .poll(() => page.locator(".recording .facts").textContent(), { timeout: 30_000 })
      .toMatch(/[1-9]\d* windows?/);
    await page.locator(".under").getByRole("button", { name: "Stop" }).click();
    await status(/^Stopped: [1-9]\d* windows? of long\.wav by yamnet/);
  });

  test("the microphone, on the server", async () => {
    await page.getByRole("button", { name: "Use the microphone" }).click();
    await expect
      .poll(() => page.locator(".recording .facts").textContent(), { timeout: 30_000 })
      .toMatch(/ [3-9] windows/);
    await page.getByRole("button", { name: "Stop listening" }).click();
    await status(/^Done: \d+ windows of Live, 20\d\d-/);
  });

  test("axe finds no serious fault: light and dark, on a desk and a phone", { timeout: 120_000 }, async () => {
    expect(await seriousFaults(page)).toEqual([]);
    await choose(
      { name: "one.wav", bytes: sceneWav(6) },
      { name: "notes.wav", bytes: new TextEncoder().encode("Nothing") },
    );
    await expect.poll(() => page.locator(".recording.done").count(), { timeout: 30_000 }).toBe(1);
    await draw([0.25, 0.3], [0.5, 0.5]);
    await page.keyboard.press("1");
    await page.keyboard.press("f");
    for (const [colorScheme, width] of [
      ["light", 1360],
      ["dark", 1360],
      ["dark", 390],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      for (const tab of width < 760 ? ["Recordings", "Sound", "Plane", "Lists"] : [undefined]) {
        if (tab !== undefined) await page.locator(".phone-tabs").getByRole("button", { name: tab }).click();
        expect([colorScheme, width, tab, await seriousFaults(page)]).toEqual([colorScheme, width, tab, []]);
        await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      }
    }
    await page.setViewportSize({ width: 1360, height: 900 });
    await page.goto(`${bed.worker.url}/docs`);
    await expect.poll(() => page.getByRole("heading", { name: "/v1/embeddings" }).isVisible()).toBe(true);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect([colorScheme, await seriousFaults(page)]).toEqual([colorScheme, []]);
    }
  });
}
