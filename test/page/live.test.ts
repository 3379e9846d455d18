import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PlainWorker, startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import { FakeNode } from "../live/support/fake-node.ts";
import { tsSegments } from "../live/support/segments.ts";
import { sleep } from "../support/client.ts";
import { pageAssets } from "./support/assets.ts";
import { seriousFaults } from "./support/axe.ts";
import { type Browser, chromiumExists, startChromium } from "./support/chromium.ts";

/** 2024-05-01 12:00:00 UTC. */
const EPOCH = 1_714_564_800;
const SEGMENTS = tsSegments(7);

describe.skipIf(!chromiumExists)("a live hydrophone on the page", () => {
  let assets: Awaited<ReturnType<typeof pageAssets>>;
  let node: FakeNode;
  let worker: PlainWorker;
  let browser: Browser;
  let restarts = 0;
  beforeAll(async () => {
    [assets, node] = [await pageAssets(), await FakeNode.start(EPOCH)];
    const lab = { title: "Orca lab", place: "Haro Strait", credit: "Lab people", node: node.url };
    worker = await startPlainWorker(assets.folder, { HYDROPHONES: JSON.stringify({ lab }) });
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await worker?.stop();
    node?.stop();
    await assets?.remove();
  });

  test("is picked, seen and heard as it comes, with its gaps; what came stays when it is stopped", async () => {
    node.add(...SEGMENTS.slice(0, 2));
    const page = await browser.context.newPage();
    const troubles: string[] = [];
    page.on("pageerror", ({ message }) => troubles.push(message));
    await page.addInitScript(() => {
      const heard: number[] = [];
      Object.assign(window, { heard });
      const start = AudioBufferSourceNode.prototype.start;
      AudioBufferSourceNode.prototype.start = function (...when) {
        heard.push(this.buffer?.duration ?? 0);
        start.apply(this, when);
      };
    });
    const heard = () =>
      page.evaluate(() => (window as unknown as { heard: number[] }).heard.reduce((sum, part) => sum + part, 0));
    await page.goto(worker.url);
    const panel = page.locator(".hydrophones");
    await panel.waitFor();
    expect(await panel.getByLabel("Live hydrophone").locator("option").allTextContents()).toEqual(["Orca lab"]);
    expect(await panel.textContent()).toContain("Haro Strait · Lab people");
    await panel.getByRole("button", { name: "Follow" }).click();
    await expect.poll(() => node.count(/200 .*live001\.ts/), { timeout: 20_000 }).toBe(1);
    // A window takes a little more than the newest segment has.
    node.add(...SEGMENTS.slice(2, 3));
    await page.getByRole("heading", { name: /^[1-9]\d* windows?$/ }).waitFor();
    // Of two segments' sound the last frames wait for what follows.
    await expect.poll(heard, { timeout: 20_000 }).toBeGreaterThan(1.5);
    await panel.getByRole("button", { name: "Sound off" }).click();
    const before = await heard();

    // Segment 3 is never there; 4 to 6 are another stretch.
    node.instead.set(node.pathOf("live003.ts"), (_, response) => response.writeHead(404).end());
    node.add(...SEGMENTS.slice(3));
    await panel.getByText(/1\.0 s missing from 12:00:05\.0 UTC: .*live003\.ts is not there/).waitFor();
    const recordings = page.locator("select", { hasText: "12:00:03 UTC" });
    await expect.poll(() => recordings.locator("option").count(), { timeout: 20_000 }).toBe(2);
    expect(await recordings.locator("option").allTextContents()).toEqual([
      "Orca lab, 2024-05-01 12:00:03 UTC",
      "Orca lab, 2024-05-01 12:00:06 UTC",
    ]);
    expect(await page.getByLabel("Began, UTC").inputValue()).toMatch(/^2024-05-01T12:00:06/);
    // It was turned off.
    expect(await heard()).toBe(before);

    const windows = () => page.getByRole("heading", { name: /^\d+ windows?$/ }).textContent();
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await panel.getByRole("button", { name: "Sound off" }).waitFor({ state: "detached" });
    const kept = await windows();
    expect(Number.parseInt(kept ?? "", 10)).toBeGreaterThanOrEqual(3);
    await sleep(300);
    expect(await windows()).toBe(kept);
    await expect
      .poll(() => page.locator('[role="status"]').first().textContent())
      .toMatch(/windows of Orca lab by yamnet, with 1 gap/);
    expect(troubles).toEqual([]);
    await page.close();
  });

  test.each([
    ["light", 1360],
    ["dark", 1360],
    ["light", 390],
    ["dark", 390],
  ] as const)("axe finds no serious fault while it is followed: %s, %i px", async (colorScheme, width) => {
    const folder = EPOCH + 3600 * ++restarts;
    node.begin(folder);
    node.add(...SEGMENTS.slice(0, 2));
    const page = await browser.context.newPage();
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await page.goto(worker.url);
    await page.getByRole("button", { name: "Follow" }).click();
    await expect.poll(() => node.count(new RegExp(`200 .*${folder}/live001`))).toBe(1);
    node.add(...SEGMENTS.slice(2, 5));
    await page.getByRole("heading", { name: /^[1-9]\d* windows?$/ }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    // For whoever wants to look: SHOTS=folder.
    const { SHOTS } = process.env;
    if (SHOTS !== undefined)
      await page.screenshot({ path: join(SHOTS, `live-${colorScheme}-${width}.png`), fullPage: true });
    await page.close();
  });
});
