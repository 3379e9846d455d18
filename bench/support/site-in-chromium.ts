import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import type { Page } from "playwright-core";
import { buildSite } from "../../scripts/support/site.ts";
import { type Browser, startChromium } from "../../test/page/support/chromium.ts";
import { mediaType } from "../../test/page/support/media-types.ts";

export interface OpenSite {
  readonly browser: Browser;
  open(): Promise<Page>;
  stop(): Promise<void>;
}

/** The page as a static site on loopback, and a Chromium to open it in. @param models  the folder of models that go with it */
export async function startSite(models: string): Promise<OpenSite> {
  const folder = await mkdtemp(join(tmpdir(), "orca-bench-site-"));
  await buildSite(folder, { models, only: ["yamnet"], variants: ["int8"] });
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    const file = join(folder, path === "/" ? "index.html" : path);
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile() !== true) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": mediaType(file) });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await startChromium({ acceptDownloads: true });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    browser,
    async open() {
      const page = await browser.context.newPage();
      await page.goto(url);
      return page;
    },
    async stop() {
      await browser.close();
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
