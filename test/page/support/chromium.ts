import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, type BrowserContextOptions, chromium } from "playwright-core";

const path = process.env.CHROMIUM ?? "/usr/bin/chromium";

export const chromiumExists = existsSync(path);
if (!chromiumExists) {
  console.warn(
    `Skipped: the page's tests in a browser, because ${path} is not there (apt-get install chromium, or CHROMIUM=…).`,
  );
}

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A beeping microphone, and leave to use it.
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
];

export interface Browser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** Chromium with a profile of its own, which goes with it. */
export async function startChromium(options: BrowserContextOptions = {}): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), "orca-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: path,
    args: FLAGS,
    viewport: { width: 1360, height: 900 },
    ...options,
  });
  return {
    context,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** MB of the largest renderer, which is the page's: Chromium keeps empty ones beside it. */
export async function pageMemory({ context }: Browser): Promise<number> {
  const session = await context.browser()?.newBrowserCDPSession();
  if (session === undefined) throw new Error("no browser to ask");
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const renderers = processInfo.filter(({ type }) => type === "renderer");
  return Math.max(...(await Promise.all(renderers.map(({ id }) => memory(id)))));
}

/** Memory of a process in MB: its own pages, and its share of those that it shares (Linux). */
async function memory(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  return (1024 * Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? Number.NaN)) / 1e6;
}
