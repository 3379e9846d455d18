import type { BrowserContextOptions, Page } from "playwright-core";
import { type PlainWorker, startPlainWorker } from "../../../src/cli/workerd/plain-worker.ts";
import { FakeNode } from "../../live/support/fake-node.ts";
import { pageAssets } from "./assets.ts";
import { type Browser, startChromium } from "./chromium.ts";

/** 2024-05-01 12:00:00 UTC: when the fake hydrophone's stream began. */
export const EPOCH = 1_714_564_800;

/** What the tests in Chromium share: a Worker with the page and a fake hydrophone, and a browser. */
export class Bed {
  assets!: Awaited<ReturnType<typeof pageAssets>>;
  worker!: PlainWorker;
  browser!: Browser;
  node!: FakeNode;
  page!: Page;
  /** Other servers of the test that a page may ask. */
  readonly allowed = new Set<string>();
  #troubles: string[] = [];

  async start(): Promise<void> {
    [this.assets, this.node, this.browser] = await Promise.all([
      pageAssets(),
      FakeNode.start(EPOCH),
      startChromium({ acceptDownloads: true } satisfies BrowserContextOptions),
    ]);
    const lab = { title: "Orca lab", place: "Haro Strait", credit: "Lab people", node: this.node.url };
    this.worker = await startPlainWorker(this.assets.folder, { HYDROPHONES: JSON.stringify({ lab }) });
  }

  async stop(): Promise<void> {
    await this.browser?.close();
    await this.worker?.stop();
    this.node?.stop();
    await this.assets?.remove();
  }

  /** A page of its own, whose errors and requests to elsewhere are noted. @param script  run before the page's own */
  async open(script?: () => void): Promise<Page> {
    const page = await this.browser.context.newPage();
    this.page = page;
    this.#troubles = [];
    this.allowed.clear();
    page.on("pageerror", ({ message }) => this.#troubles.push(message));
    page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== this.worker.url && !this.allowed.has(origin) && protocol !== "blob:")
        this.#troubles.push(`asked for ${request.url()}`);
    });
    if (script !== undefined) await page.addInitScript(script);
    await page.goto(this.worker.url);
    return page;
  }

  /** Closes the page, and forgets what it kept; gives what was wrong with it. */
  async close(): Promise<readonly string[]> {
    await this.page
      .evaluate(async () => {
        localStorage.clear();
        for (const { name = "" } of await indexedDB.databases()) indexedDB.deleteDatabase(name);
      })
      .catch(() => undefined);
    await this.page.close();
    return this.#troubles;
  }
}
