/**
 * The page's tasks with real recordings and trained YAMNet, without a server, in Chromium; times are the script's, which does not
 * think. And the same model in the page beside workerd.
 */
import { spawnSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { layOutAssets } from "../src/cli/workerd/assets.ts";
import { startPlainWorker } from "../src/cli/workerd/plain-worker.ts";
import { orcaScene, SCENE_RATE, wav16 } from "../src/sample/index.ts";
import { chromiumExists, pageMemory } from "../test/page/support/chromium.ts";
import { sharedExists, sharedPath } from "../test/support/shared.ts";
import { type OpenSite, startSite } from "./support/site-in-chromium.ts";

const main = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const models = fileURLToPath(new URL("../build/test-models/reference", import.meta.url));

/** Of J1: what the file's name says is what is heard in it. */
const TWELVE = [
  "humpback_cross_24k.wav",
  "humpback_google_sample_10k.wav",
  "humpback_grunt_double_44k1.wav",
  "humpback_watkins_16k.wav",
  "orca_biggs_song_04_44k1.wav",
  "orca_calls_20k_s32.wav",
  "orca_gclan_naxys_44k0.wav",
  "orca_jpod_stereo_44k1.wav",
  "orca_lpod_22k.wav",
  "ship_passenger_deepship_32k_f32.wav",
  "ship_tanker_deepship_32k_f32.wav",
  "spermwhale_clicks_64k_24bit.wav",
];
/** Ten windows that are labelled: recording, how many windows on. */
const LABELLED = [
  ["orca_gclan_naxys_44k0.wav", [6, 9]],
  ["orca_jpod_stereo_44k1.wav", [6, 9]],
  ["orca_lpod_22k.wav", [6]],
  ["humpback_cross_24k.wav", [6, 9]],
  ["humpback_google_sample_10k.wav", [6]],
  ["ship_tanker_deepship_32k_f32.wav", [6, 9]],
] as const;
const MORE = [
  "orca_jpod_foraging_64k.wav",
  "orcanode_sunsetbay_79s_48k_stereo.ts",
  "orca_call-examples_48k_stereo.mp3",
  "orcanode_20181202_48k.mp3",
  "miaow_16k.wav",
  "speech_whistling2.wav",
  "orcanode_live000_48k_stereo.ts",
  "orcanode_live001_48k_stereo.ts",
  "orcanode_live002_48k_stereo.ts",
];

export async function benchPage(): Promise<void> {
  if (!chromiumExists || !sharedExists) {
    console.log("Skipped: it needs Chromium and the shared recordings.");
    return;
  }
  console.log(`${cpus()[0]?.model}, ${cpus().length} cores; headless Chromium, no graphics card`);
  const site = await startSite(models);
  const folder = await mkdtemp(join(tmpdir(), "orca-bench-page-"));
  try {
    await marked(site, folder);
    const page = await site.open();
    await whichSeconds(page, folder);
    await likeThis(page, site);
    await page.close();
    await besideWorkerd(site, folder);
  } finally {
    await site.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const input = (page: Page) => page.getByLabel("Recordings", { exact: true });
const sound = (page: Page) => page.getByRole("slider", { name: /over time/ });
const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
/** All that was given is through the model. */
const done = (page: Page, count: number) =>
  page.waitForFunction(
    (wanted) =>
      Number.parseInt(document.querySelector("#recordings-title")?.textContent ?? "", 10) === wanted &&
      document.querySelector(".under") === null,
    count,
    { timeout: 120_000 },
  );

async function download(page: Page, menu: string, button: string, folder: string): Promise<string> {
  const waiting = page.waitForEvent("download", { timeout: 60_000 });
  await page.locator("summary", { hasText: menu }).press("Enter");
  await page.getByRole("button", { name: button, exact: true }).press("Enter");
  const file = await waiting;
  const path = join(folder, file.suggestedFilename());
  await file.saveAs(path);
  await page.keyboard.press("Escape");
  return path;
}

/** Steps to a window of a recording by keys alone. */
async function step(page: Page, name: string, window: number): Promise<void> {
  const shown = async () => (await sound(page).getAttribute("aria-label"))?.split(" over time")[0];
  const names = await page.locator(".recording .name").allTextContents();
  const way = names.indexOf(name) > names.indexOf((await shown()) ?? "") ? "]" : "[";
  while ((await shown()) !== name) {
    const before = await shown();
    await page.keyboard.press(way);
    await page.waitForFunction(
      (last) => !document.querySelector(".sound-stage")?.getAttribute("aria-label")?.startsWith(`${last} over`),
      before,
    );
  }
  await sound(page).focus();
  for (let at = 0; at < window; at++) await page.keyboard.press("ArrowRight");
}

/** J1: which seconds of twelve recordings have orca calls: ten labels, a head, events out. */
async function whichSeconds(page: Page, folder: string): Promise<void> {
  const began = performance.now();
  await input(page).setInputFiles(TWELVE.map((name) => sharedPath(`audio/${name}`)));
  await done(page, TWELVE.length);
  const ready = seconds(began);
  for (const [name, windows] of LABELLED) {
    let before = 0;
    for (const window of windows) {
      await step(page, name, window - before);
      await page.keyboard.press(name.startsWith("orca") ? "1" : "Shift+Digit1");
      before = window;
    }
  }
  const labelled = seconds(began);
  await page.keyboard.press("t");
  await page.waitForFunction(() => document.querySelector(".status")?.textContent?.startsWith("Learned"), undefined, {
    timeout: 60_000,
  });
  await page.waitForFunction(() => document.querySelector(".found") !== null);
  const table = await download(page, "Export", "Raven selection table", folder);
  const took = seconds(began);
  const rows = (await readFile(table, "utf8"))
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((row) => row.split("\t"));
  const right = rows.filter((cells) => cells[7]?.startsWith("orca"));
  const heard = new Set(right.map((cells) => cells[7])).size;
  console.log(
    `J1: ${took} (embedded after ${ready}, labelled after ${labelled}); ${rows.length} events, ` +
      `${right.length} of them in recordings with orcas, in ${heard} of 5`,
  );
}

/** J2: everything like one call, over a thousand windows. */
async function likeThis(page: Page, { browser }: OpenSite): Promise<void> {
  await input(page).setInputFiles(MORE.map((name) => sharedPath(`audio/${name}`)));
  await done(page, TWELVE.length + MORE.length);
  const windows = await page.locator("#plane-title").textContent();
  const began = performance.now();
  await step(page, "orca_jpod_stereo_44k1.wav", 6);
  await page.keyboard.press("f");
  await page.waitForFunction(() => document.querySelectorAll(".hit").length > 0);
  const ranked = seconds(began);
  const list = page.getByRole("region", { name: /^Hits/ });
  const names = await page.locator(".hit .where span").allTextContents();
  for (let hit = 0; hit < 20; hit++) await list.press(names[hit]?.startsWith("orca") === false ? "r" : "a");
  console.log(
    `J2: ranked after ${ranked} of ${windows}; 20 hits judged by keys after ${seconds(began)}; page ${(await pageMemory(browser)).toFixed(0)} MB`,
  );
}

/** J3: mark, close, open again, take away, and read back on the command line. */
async function marked(site: OpenSite, folder: string): Promise<void> {
  const name = "orca_jpod_stereo_44k1.wav";
  const file = sharedPath(`audio/${name}`);
  const began = performance.now();
  const first = await site.open();
  await input(first).setInputFiles(file);
  await done(first, 1);
  await step(first, name, 6);
  await first.keyboard.press("1");
  await step(first, name, 3);
  await first.keyboard.press("Shift+Digit2");
  await first.waitForTimeout(200);
  await first.close();
  const again = await site.open();
  await input(again).setInputFiles(file);
  const tab = again.getByRole("tab", { name: /^Labels/ });
  await again.waitForFunction(() => /Labels 2/.test(document.querySelector(".tabs")?.textContent ?? ""));
  await tab.press("Enter");
  const table = await download(again, "Export", "Raven selection table", folder);
  const out = seconds(began);
  await again.close();
  await mkdir(join(folder, "sound"));
  await symlink(file, join(folder, "sound", name));
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  };
  const calls = join(folder, "calls");
  run("collect", join(folder, "sound"), "--into", calls, "--models", models, "--index", "none");
  const said = run("label", calls, "--import", table);
  console.log(`J3: out after ${out}; the command line says: ${said.split("\n").join("; ")}`);
}

/** How long five minutes of sound take in the page, and in workerd: the best of three each, in turn. */
async function besideWorkerd(site: OpenSite, folder: string): Promise<void> {
  const SECONDS = 300;
  const ROUNDS = 3;
  const assets = await mkdtemp(join(tmpdir(), "orca-bench-assets-"));
  await layOutAssets(models, assets, copyFile);
  const worker = await startPlainWorker(assets);
  const page = await site.open();
  try {
    const scene = orcaScene(SECONDS);
    const times = { page: [] as number[], workerd: [] as number[] };
    for (let round = 0; round <= ROUNDS; round++) {
      // Another file each time, as one that is here is not taken twice.
      scene[0] = round / 100;
      const wav = wav16(scene, SCENE_RATE);
      const path = join(folder, `round-${round}.wav`);
      await writeFile(path, wav);
      const query = "model=yamnet&variant=int8&include=scores,spectrogram&encoding=base64";
      let began = performance.now();
      await (await fetch(`${worker.url}/v1/embeddings?${query}`, { method: "POST", body: wav })).arrayBuffer();
      times.workerd.push(performance.now() - began);
      began = performance.now();
      await input(page).setInputFiles(path);
      await done(page, round + 1);
      times.page.push(performance.now() - began);
    }
    // The first fetches and compiles.
    const best = (all: readonly number[]) => Math.min(...all.slice(1)) / 1000;
    const [a, b] = [best(times.page), best(times.workerd)];
    console.log(
      `int8 YAMNet, ${SECONDS} s of 48 kHz: ${a.toFixed(2)} s in the page, ${b.toFixed(2)} s in workerd: ${((100 * b) / a).toFixed(0)} % of its speed`,
    );
  } finally {
    await page.close();
    await worker.stop();
    await rm(assets, { recursive: true, force: true });
  }
}
