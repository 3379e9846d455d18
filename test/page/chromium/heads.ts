import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { extract } from "../../../src/extract.ts";
import { headText } from "../../../src/heads/index.ts";
import { nodeRuntime } from "../../../src/runtime.node.ts";
import { logitsOf, madeHead } from "../../heads/support.ts";
import { sceneWav } from "../../support/recordings.ts";
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
    await expect
      .poll(() => counted.textContent(), { timeout: 60_000 })
      .toMatch(/^\d+ windows? taken for call, by site$/);
    await page.locator(".hits-tools").getByLabel("Class").selectOption("ship");
    await expect.poll(() => counted.textContent()).toMatch(/taken for ship, by site$/);
    // A head that is none is refused, with the reason.
    await input.setInputFiles([choose("other.json", "{}")]);
    await expect.poll(() => page.locator("body").textContent()).toMatch(/other\.json is no head: format/);
    expect(await bed.close()).toEqual([]);
  });
}
