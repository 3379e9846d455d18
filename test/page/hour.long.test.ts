import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { orcaScene, SCENE_RATE } from "../../src/sample/index.ts";
import { fmt, riff } from "../support/recordings.ts";
import { Bed } from "./support/bed.ts";
import { chromiumExists, pageMemory } from "./support/chromium.ts";

const MINUTES = 60;

describe.skipIf(!chromiumExists)("an hour of 48 kHz stereo on the page", () => {
  const bed = new Bed();
  let folder: string;
  beforeAll(async () => {
    await bed.start();
    folder = await mkdtemp(join(tmpdir(), "orca-hour-"));
    const minute = new Int16Array(2 * 60 * SCENE_RATE);
    for (const [at, value] of orcaScene(60).entries()) minute.fill(Math.round(32767 * value), 2 * at, 2 * at + 2);
    const bytes = minute.byteLength * MINUTES;
    const head = riff([fmt(2, SCENE_RATE, 16), { id: "data", body: new Uint8Array(0), size: bytes }]);
    const file = await open(join(folder, "hour.wav"), "w");
    await file.write(head);
    for (let at = 0; at < MINUTES; at++) await file.write(new Uint8Array(minute.buffer));
    await file.close();
  }, 300_000);
  afterAll(async () => {
    await bed.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("its first picture, how it scrolls and zooms, and what it takes", { timeout: 600_000 }, async () => {
    const page = await bed.open();
    const empty = await pageMemory(bed.browser);
    const began = performance.now();
    await page.getByLabel("Recordings", { exact: true }).setInputFiles(join(folder, "hour.wav"));
    await page.waitForFunction(() => {
      const canvas = document.querySelector<HTMLCanvasElement>(".sound-stage canvas");
      if (canvas === null || canvas.width < 400) return false;
      const { data } = (canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(400, 100, 200, 200);
      return new Set(new Uint32Array(data.buffer)).size > 100;
    });
    const first = performance.now() - began;
    await page.locator(".under").getByRole("button", { name: "Stop" }).click();
    await page.waitForTimeout(1000);
    const moved = await page.evaluate(async () => {
      const stage = document.querySelector(".sound-stage") as HTMLElement;
      const box = stage.getBoundingClientRect();
      const wheel = (init: WheelEventInit) =>
        stage.dispatchEvent(
          new WheelEvent("wheel", {
            clientX: box.x + 500,
            clientY: box.y + 200,
            bubbles: true,
            cancelable: true,
            ...init,
          }),
        );
      const run = async (act: (frame: number) => void, frames: number) => {
        const times: number[] = [];
        let last = performance.now();
        for (let frame = 0; frame < frames; frame++) {
          act(frame);
          const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
          times.push(now - last);
          last = now;
        }
        return times;
      };
      const rest = await run(() => {}, 120);
      const zoom = await run(() => wheel({ deltaY: -14 }), 240);
      const scroll = await run(() => wheel({ deltaX: 30 }), 240);
      return { rest, zoom, scroll };
    });
    const rate = (times: readonly number[]) => (1000 * times.length) / times.reduce((sum, time) => sum + time, 0);
    const memory = await pageMemory(bed.browser);
    console.log(
      `an hour: first picture after ${(first / 1000).toFixed(2)} s; frames a second ${rate(moved.rest).toFixed(0)} at rest, ` +
        `${rate(moved.zoom).toFixed(0)} zooming, ${rate(moved.scroll).toFixed(0)} scrolling, longest ${Math.max(...moved.zoom, ...moved.scroll).toFixed(0)} ms; ` +
        `renderer ${empty.toFixed(0)} MB empty, ${memory.toFixed(0)} MB`,
    );
    expect(memory).toBeLessThan(400);
    expect(await bed.close()).toEqual([]);
  });
});
