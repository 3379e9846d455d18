import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { tsSegments } from "../../live/support/segments.ts";
import { sleep } from "../../support/client.ts";
import { seriousFaults } from "../support/axe.ts";
import { type Bed, EPOCH } from "../support/bed.ts";

const SEGMENTS = tsSegments(7);

export function liveSuite(bed: Bed): void {
  let restarts = 0;
  afterEach(async () => {
    expect(await bed.close()).toEqual([]);
  });

  test("is picked, seen and heard as it comes, with its gaps; what came stays when it is stopped", async () => {
    const { node } = bed;
    node.add(...SEGMENTS.slice(0, 2));
    const page = await bed.open(() => {
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
    const panel = page.locator(".hydrophones");
    await panel.waitFor();
    expect(await panel.getByLabel("Live hydrophone").locator("option").allTextContents()).toEqual(["Orca lab"]);
    expect(await panel.textContent()).toContain("Haro Strait · Lab people");
    await panel.getByRole("button", { name: "Listen" }).click();
    await expect.poll(() => node.count(/200 .*live001\.ts/), { timeout: 20_000 }).toBe(1);
    // A window takes a little more than the newest segment has.
    node.add(...SEGMENTS.slice(2, 3));
    await page.getByRole("heading", { name: /^[1-9]\d* windows?$/ }).waitFor();
    // Of two segments' sound the last frames wait for what follows.
    await expect.poll(heard, { timeout: 20_000 }).toBeGreaterThan(1.5);
    const listening = page.locator(".listening");
    await listening.getByRole("button", { name: "Sound off" }).click();
    const before = await heard();

    // Segment 3 is never there; 4 to 6 are another stretch.
    node.instead.set(node.pathOf("live003.ts"), (_, response) => response.writeHead(404).end());
    node.add(...SEGMENTS.slice(3));
    await listening.getByText(/1\.0 s missing from 12:00:05\.0 UTC: .*live003\.ts is not there/).waitFor();
    await expect
      .poll(() => page.locator(".recording .name").allTextContents(), { timeout: 20_000 })
      .toEqual(["Orca lab, 2024-05-01 12:00:03 UTC", "Orca lab, 2024-05-01 12:00:06 UTC"]);
    expect(await page.locator("#sound-title").textContent()).toBe("Orca lab, 2024-05-01 12:00:06 UTC");
    // It was turned off.
    expect(await heard()).toBe(before);

    const windows = () => page.getByRole("heading", { name: /^\d+ windows?$/ }).textContent();
    await page.getByRole("button", { name: "Stop listening" }).click();
    await listening.getByRole("button", { name: "Sound off" }).waitFor({ state: "detached" });
    const kept = await windows();
    expect(Number.parseInt(kept ?? "", 10)).toBeGreaterThanOrEqual(3);
    await sleep(300);
    expect(await windows()).toBe(kept);
    await expect
      .poll(() => page.locator('[role="status"]').first().textContent())
      .toMatch(/windows of Orca lab by yamnet, with 1 gap/);
  });

  test("axe finds no serious fault while it is listened to: light and dark, on a desk and a phone", async () => {
    const { node } = bed;
    const folder = EPOCH + 3600 * ++restarts;
    node.begin(folder);
    node.add(...SEGMENTS.slice(0, 2));
    const page = await bed.open();
    await page.getByRole("button", { name: "Listen" }).click();
    await expect.poll(() => node.count(new RegExp(`200 .*${folder}/live001`))).toBe(1);
    node.add(...SEGMENTS.slice(2, 5));
    await expect.poll(() => page.locator(".recording .facts").first().textContent()).toMatch(/[1-9]\d* windows?/);
    for (const [colorScheme, width] of [
      ["light", 1360],
      ["dark", 390],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      expect([colorScheme, width, await seriousFaults(page)]).toEqual([colorScheme, width, []]);
      await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      // For whoever wants to look: SHOTS=folder.
      const { SHOTS } = process.env;
      if (SHOTS !== undefined)
        await page.screenshot({ path: join(SHOTS, `live-${colorScheme}-${width}.png`), fullPage: true });
    }
  });
}
