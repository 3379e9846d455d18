import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { extract } from "../../../src/extract.ts";
import { headText, parseHead } from "../../../src/heads/index.ts";
import { nodeRuntime } from "../../../src/runtime.node.ts";
import { orcaScene, SCENE_RATE, wav16 } from "../../../src/sample/index.ts";
import { logitsOf, madeHead } from "../../heads/support.ts";
import { orcaEmbed } from "../../support/command-line.ts";
import { noise, sceneWav } from "../../support/recordings.ts";
import { seededFolder } from "../../support/test-models.ts";
import type { Bed } from "../support/bed.ts";

const SECONDS = 6;
const head = madeHead(1024, ["call", "ship"], { id: "site" });

export function headsSuite(bed: Bed): void {
  test("a head says in the browser what it says in Node, and ranks the windows of the page", async () => {
    const page = await bed.open();
    const wav = sceneWav(SECONDS);
    const rows: number[][] = [];
    for await (const record of extract(wav, "yamnet", { runtime: await nodeRuntime(seededFolder) }))
      if (record.type === "window") rows.push([...record.embedding]);
    const files = await readdir(join(bed.assets.folder, "page"));
    const [worker = "", kernels = ""] = [/^pipeline-worker-/, /^kernels-/].map((of) =>
      files.find((name) => of.test(name)),
    );
    const said = await page.evaluate(
      ({ worker, kernels, text, rows }) =>
        new Promise<number[][]>((resolve, reject) => {
          const one = new Worker(`page/${worker}`);
          one.onmessage = ({ data }) => {
            if (data.kind === "scored") resolve(data.scored.probabilities.map((list: Float64Array) => [...list]));
            else reject(new Error(data.trouble.detail));
          };
          const model = { id: "yamnet", sha256: undefined, variant: undefined };
          const parts = [Float32Array.from(rows.flat())];
          const address = new URL(`page/${kernels}`, location.href).href;
          one.postMessage({ score: { kernels: address, name: "site.json", text, model, rows: { size: 1024, parts } } });
        }),
      { worker, kernels, text: headText(head), rows },
    );
    expect(rows.length).toBeGreaterThan(10);
    for (const [row, embedding] of rows.entries())
      for (const [k, logit] of logitsOf(head, Float32Array.from(embedding)).entries()) {
        const p = said[k]?.[row] ?? Number.NaN;
        expect(Math.abs(Math.log(p / (1 - p)) - logit)).toBeLessThan(1e-6);
      }

    const choose = (name: string, bytes: Uint8Array | string) => ({ name, mimeType: "", buffer: Buffer.from(bytes) });
    const input = page.getByLabel("Recordings", { exact: true });
    await input.setInputFiles([choose("scene.wav", wav), choose("site.json", headText(head))]);
    const counted = page.locator(".hits-tools p");
    await expect.poll(() => counted.first().textContent(), { timeout: 60_000 }).toMatch(/^\d+ events? of call in \d /);
    await page.locator("summary", { hasText: "Head" }).click();
    await page.getByRole("button", { name: "Rank all windows" }).click();
    await expect.poll(() => counted.textContent()).toMatch(/^\d+ windows? taken for call, by site$/);
    await page.locator(".hits-tools").getByLabel("Class").selectOption("ship");
    await expect.poll(() => counted.textContent()).toMatch(/taken for ship, by site$/);
    // A head that is none is refused, with the reason.
    await input.setInputFiles([choose("other.json", "{}")]);
    await expect.poll(() => page.locator("body").textContent()).toMatch(/other\.json is no head: format/);
    expect(await bed.close()).toEqual([]);
  });

  test("keys alone: labels, a head as the command line trains it, and events that it finds and reads", async () => {
    const page = await bed.open();
    const folder = await mkdtemp(join(tmpdir(), "orca-page-heads-"));
    const at = (name: string) => join(folder, name);
    const run = async (...args: string[]) => {
      const ran = await orcaEmbed(args);
      expect(ran, ran.stderr).toMatchObject({ status: 0 });
      return ran.stdout;
    };
    const download = async (menu: string, button: string) => {
      const waiting = page.waitForEvent("download", { timeout: 60_000 });
      await page.locator("summary", { hasText: menu }).press("Enter");
      await page.getByRole("button", { name: button, exact: true }).press("Enter");
      const file = await waiting;
      await file.saveAs(at(file.suggestedFilename()));
      await page.keyboard.press("Escape");
      return readFile(at(file.suggestedFilename()), "utf8");
    };
    try {
      const sounds = [
        sceneWav(SECONDS),
        wav16(noise(SECONDS * SCENE_RATE, 1), SCENE_RATE),
        wav16(orcaScene(2 * SECONDS).subarray(SECONDS * SCENE_RATE), SCENE_RATE),
        wav16(noise(SECONDS * SCENE_RATE, 2), SCENE_RATE),
      ];
      const names = sounds.map((_, k) => `r${k}.wav`);
      await mkdir(at("sound"));
      for (const [k, bytes] of sounds.entries()) await writeFile(at(`sound/r${k}.wav`), bytes);
      await page.getByLabel("Recordings", { exact: true }).setInputFiles(names.map((name) => at(`sound/${name}`)));
      await expect.poll(() => page.locator(".recording.done").count(), { timeout: 60_000 }).toBe(4);

      const sound = page.getByRole("slider", { name: /over time/ });
      for (const [k] of names.entries()) {
        if (k > 0) await page.keyboard.press("]");
        await expect.poll(() => sound.getAttribute("aria-label")).toMatch(new RegExp(`^r${k}`));
        await sound.focus();
        for (let window = 0; window < 3; window++) {
          for (let step = 0; step < 3; step++) await page.keyboard.press("ArrowRight");
          await page.keyboard.press(k % 2 === 0 ? "1" : "Shift+Digit1");
        }
      }
      await expect.poll(() => page.getByRole("tab", { name: /^Labels/ }).textContent()).toBe("Labels 12");
      await page.keyboard.press("t");
      await expect
        .poll(() => page.getByRole("status").textContent(), { timeout: 30_000 })
        .toBe("Learned orca call from 4 recordings.");
      await expect
        .poll(() => page.locator(".hits-tools .hint").textContent())
        .toMatch(/of 2 recordings .*Too few recordings to judge: positives come from 2, and 3 are the least\.$/);
      const trained = parseHead(await download("Head", "Save as a file"), "the page's");
      // Below the threshold first, so that a key has something to move.
      await page.getByLabel(/^Probable from/).press("ArrowLeft");
      const list = page.getByRole("region", { name: /^Events/ });
      await list.press("a");
      await list.press("r");
      await expect
        .poll(() => page.locator(".found").textContent())
        .toMatch(/1 of the 2 that you judged are right, 50 %; of all, 9 to 91 %\.$/);
      await page.keyboard.press("Control+z");
      await page.keyboard.press("Control+z");
      await page.getByLabel(/^Probable from/).press("ArrowRight");
      const events = await download("Export", "Raven selection table");
      const zip = await download("Export", "Audacity label tracks");
      expect(zip.slice(0, 2)).toBe("PK");
      // The threshold's line, dragged: the mouse says over it that it can be, and above and below its lane are the ends.
      const box = await sound.boundingBox();
      if (box === null) throw new Error("the spectrogram is not there");
      const threshold = async () =>
        Number(/[\d.]+/.exec((await page.getByText(/^Probable from/).textContent()) ?? "")?.[0]);
      let line = box.y + box.height - 40;
      const overLine = () => sound.evaluate((stage) => stage.style.cursor === "ns-resize");
      for (; line > box.y + box.height - 90; line -= 3) {
        await page.mouse.move(box.x + box.width / 2, line);
        if (await overLine()) break;
      }
      expect(await overLine()).toBe(true);
      await page.mouse.down();
      for (const [by, value] of [
        [-90, 1],
        [90, 0],
      ] as const) {
        await page.mouse.move(box.x + box.width / 2, line + by);
        await expect.poll(threshold).toBe(value);
      }
      await page.mouse.up();
      expect(await page.getByLabel(/^Probable from/).inputValue()).toBe("0");
      await page.getByRole("tab", { name: /^Labels/ }).press("Enter");
      await download("Export", "Raven selection table");

      // The same of the command line: the labels read back, and the same head of them.
      await run(
        "collect",
        at("sound"),
        "--into",
        at("calls"),
        "--models",
        seededFolder,
        "--variant",
        "int8",
        "--index",
        "none",
      );
      await run("label", at("calls"), "--import", at("labels.selections.txt"));
      await run("train", at("calls"), "--classes", "orca call", "--out", at("own.json"));
      const own = parseHead(await readFile(at("own.json"), "utf8"), "own.json");
      expect(own.classes).toEqual(trained.classes);
      expect(own.training?.counts).toEqual(trained.training?.counts);
      expect(trained.model).toEqual(own.model);
      // A logit is a sum of 1024 products with numbers of this size.
      for (const [d, weight] of own.weights.entries())
        expect(Math.abs(weight - (trained.weights[d] as number))).toBeLessThan(1e-9);
      expect(Math.abs((own.bias[0] as number) - (trained.bias[0] as number))).toBeLessThan(1e-9);
      // And the page's head finds the same events there.
      await run("detect", at("calls"), "--head", at("orca-call.json"), "--out", at("found"));
      const table = (text: string) =>
        text
          .trimEnd()
          .split("\n")
          .map((row) => row.split("\t"))
          .map((cells) => [...cells.slice(3, 8), ...cells.slice(10, 14)].join(" "));
      const found = table(await readFile(at("found/detections.selections.txt"), "utf8"));
      expect(found.length).toBeGreaterThan(2);
      expect(table(events)).toEqual(found);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    expect(await bed.close()).toEqual([]);
  });
}
