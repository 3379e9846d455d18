import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildSite } from "../../../scripts/support/site.ts";
import { type Handler, startFileServer } from "../../support/file-server.ts";
import { seededFolder } from "../../support/test-models.ts";
import type { Bed } from "../support/bed.ts";
import { mediaType } from "../support/media-types.ts";

/** The page as a static site, which any host of files serves. */
export function siteSuite(bed: Bed): void {
  test("without a server: the model runs in the page, and after the first visit without a network", async () => {
    const folder = await mkdtemp(join(tmpdir(), "orca-site-"));
    await buildSite(folder, { models: seededFolder, only: ["yamnet"], variants: ["int8"] });
    const host = await startFileServer();
    const all = await readdir(folder, { recursive: true });
    for (const name of all) {
      if ((await stat(join(folder, name))).isDirectory()) continue;
      const bytes = await readFile(join(folder, name));
      const give: Handler = (_, response) => response.writeHead(200, { "content-type": mediaType(name) }).end(bytes);
      host.files.set(`/deep/${name}`, give);
      if (name === "index.html") host.files.set("/deep/", give);
    }
    await rm(folder, { recursive: true, force: true });
    const page = await bed.browser.context.newPage();
    const refused: string[] = [];
    page.on("console", (message) => {
      if (/Content Security Policy/.test(message.text())) refused.push(message.text());
    });
    try {
      const done = () =>
        expect
          .poll(() => page.getByRole("status").textContent(), { timeout: 60_000 })
          .toMatch(/^Done: 49 windows of orca-scene\.wav by yamnet/);
      await page.goto(`${host.url}/deep/`);
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
      await page.getByRole("button", { name: "Use the sample" }).click();
      await done();
      expect(await page.getByRole("button", { name: "Use the microphone" }).count()).toBe(0);
      host.files.clear();
      await page.reload();
      await page.getByRole("button", { name: "Use the sample" }).click();
      await done();
      expect(refused).toEqual([]);
    } finally {
      await page.close();
    }
  });
}
