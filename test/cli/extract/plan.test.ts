import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { resultName } from "../../../src/cli/extract/formats.ts";
import { Manifest } from "../../../src/cli/extract/manifest.ts";
import { EXTRACT } from "../../../src/cli/extract/options.ts";
import { filesStore } from "../../../src/cli/extract/result-store.ts";
import { WORDS } from "../../../src/cli/options.ts";
import type { Recording } from "../../../src/cli/recordings/index.ts";
import { DEFAULT_OPTIONS, type EmbedOptions } from "../../../src/embed/index.ts";
import { type DoneEntry, planTasks, type Wanted } from "../../../src/jobs/index.ts";
import {
  checkModel,
  type Format,
  formatSettings,
  type Layout,
  modelSettings,
  type Settings,
} from "../../../src/options/index.ts";
import { VERSION } from "../../../src/version.ts";
import { manifestWith } from "../../support/model-files.ts";
import { MODELS, type ModelName } from "../../support/models.ts";

let out = "";
let manifest: Manifest;
beforeEach(async () => {
  out = mkdtempSync(join(tmpdir(), "orca-plan-"));
  manifest = await Manifest.open(join(out, "manifest.ndjson"));
});
afterEach(async () => {
  await manifest.close();
  rmSync(out, { recursive: true, force: true });
});

const layout: Layout = {
  encoding: "numbers",
  scores: false,
  spectrogram: false,
  outputs: [],
  minScore: 0,
  classes: [],
};
const settings: Settings = { weights: "ab".repeat(32), variant: "fp32", channel: "mean" };
const recording = (name: string, more: Partial<Recording> = {}): Recording => ({
  name,
  path: name,
  absolute: `/data/${name}`,
  bytes: 1000,
  modified: 5,
  ...more,
});

const plan = (recordings: readonly Recording[], more: Partial<Wanted<Recording>> & { layout?: Layout } = {}) =>
  planTasks(
    {
      recordings,
      models: new Map([["yamnet", settings]]),
      formats: ["ndjson"],
      looks: (format) => formatSettings(EXTRACT, format, more.layout ?? layout),
      out,
      redo: false,
      isThere: (...result) => filesStore({ out }).has(...result),
      ...more,
    },
    manifest,
  );

/** As a run would have written it down, with its files. */
async function did({ name, absolute, bytes, modified }: Recording, more: Partial<DoneEntry> = {}): Promise<void> {
  const entry: DoneEntry = {
    result: "done",
    recording: name,
    model: "yamnet",
    path: absolute,
    bytes,
    modified,
    version: VERSION,
    settings,
    outputs: { ndjson: formatSettings(EXTRACT, "ndjson", layout) },
    windows: 1,
    seconds: 1,
    findings: 0,
    lost: 0,
    ...more,
  };
  await manifest.add(entry);
  for (const format of Object.keys(entry.outputs) as Format[]) {
    const path = join(out, resultName(name, entry.model, format));
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, "");
  }
}

const formatsOf = async (...given: Parameters<typeof plan>) =>
  Object.fromEntries((await plan(...given)).tasks.map(({ name, formats }) => [name, formats]));

describe("what is to be done", () => {
  const [a, b] = [recording("a.wav"), recording("deep/a.wav", { bytes: 2000 })];

  test("everything, of nothing; the largest first", async () => {
    const { tasks, done } = await plan([a, b]);
    expect(tasks.map(({ name }) => name)).toEqual(["deep/a.wav", "a.wav"]);
    expect(done).toBe(0);
  });

  test("what is not there yet, in the formats that it lacks", async () => {
    await did(b);
    expect((await plan([a, b])).done).toBe(1);
    expect(await formatsOf([a, b])).toEqual({ "a.wav": ["ndjson"] });
    expect(await formatsOf([b], { formats: ["ndjson", "raven"] })).toEqual({ "deep/a.wav": ["raven"] });
    rmSync(join(out, "deep/a.wav.yamnet.ndjson"));
    expect(await formatsOf([b])).toEqual({ "deep/a.wav": ["ndjson"] });
  });

  test("what failed, again", async () => {
    await manifest.add({
      result: "failed",
      recording: "a.wav",
      model: "yamnet",
      path: a.absolute,
      bytes: 1000,
      modified: 5,
      version: VERSION,
      code: "not_audio",
      message: "text",
    });
    expect(await formatsOf([a])).toEqual({ "a.wav": ["ndjson"] });
  });

  test.each([{ bytes: 1001 }, { modified: 6 }])(
    "a recording that changed, in every format that it had: %j",
    async (change) => {
      await did(a, {
        outputs: { ndjson: formatSettings(EXTRACT, "ndjson", layout), csv: formatSettings(EXTRACT, "csv", layout) },
      });
      const changed = { ...a, ...change };
      expect(await formatsOf([changed])).toEqual({ "a.wav": ["ndjson", "csv"] });
      expect((await plan([changed])).changed).toEqual(["a.wav"]);
    },
  );

  test("nothing of an archive that was moved with its times", async () => {
    await did(a);
    expect(await formatsOf([{ ...a, absolute: "/mnt/a.wav" }])).toEqual({});
  });

  test("results of another version stay, and are counted", async () => {
    await did(a, { version: "0.0.1" });
    const { tasks, older } = await plan([a, b]);
    expect(tasks.length).toBe(1);
    expect([...older]).toEqual([["0.0.1", 1]]);
  });
});

describe("refused, unless results are to be made again", () => {
  const a = recording("a.wav");

  test.each([
    [
      { settings: { ...settings, channel: "0" } },
      "yamnet of a.wav with channel 0, and this run asks for channel mean.",
    ],
    [
      { settings: { ...settings, weights: "cd".repeat(32) } },
      "weights cdcdcdcdcdcd…, and this run asks for weights abababababab…",
    ],
    [
      { outputs: { ndjson: { include: "scores", encoding: "numbers" } } },
      "yamnet as ndjson of a.wav with include scores, and this run asks for include none",
    ],
  ])("other choices than before", async (had, sentence) => {
    await did(a, had as Partial<DoneEntry>);
    // Of any recording: a folder holds one set of choices.
    await expect(plan([recording("b.wav")])).rejects.toThrow(sentence);
    expect(await formatsOf([a], { redo: true })).toEqual({ "a.wav": ["ndjson"] });
    // Another model's choices are its own.
    expect((await plan([a], { models: new Map([["vggish", settings]]) })).tasks.length).toBe(1);
  });

  test("another start than before, of the recording that it is of", async () => {
    await did(a, { settings: { ...settings, start: "2024-05-01T12:00:00.000Z" } });
    await expect(plan([a])).rejects.toThrow("start 2024-05-01T12:00:00.000Z, and this run asks for start none");
    expect((await plan([recording("b.wav")])).tasks.length).toBe(1);
  });

  test("another recording of that name", async () => {
    await did(a);
    const other = recording("a.wav", { absolute: "/elsewhere/a.wav", path: "../elsewhere/a.wav", bytes: 7 });
    await expect(plan([other])).rejects.toThrow(
      "holds results of /data/a.wav under the name a.wav, and ../elsewhere/a.wav would take it.",
    );
    expect(await formatsOf([other], { redo: true })).toEqual({ "a.wav": ["ndjson"] });
  });
});

/** A model of the manifest, as far as its settings go. */
const entryOf = (model: ModelName) => {
  const [entry] = manifestWith([]).models;
  if (entry === undefined) throw new Error("no model");
  return { ...entry, description: MODELS[model] };
};

test("settings hold what decides a model's numbers, and nothing that does not", () => {
  const made = (options: Partial<EmbedOptions>) =>
    ({ variant: "fp32", engine: "ort", options: { ...DEFAULT_OPTIONS, ...options } }) as const;
  const of = (model: "vggish" | "yamnet" | "humpback", options: Partial<EmbedOptions>) =>
    modelSettings(EXTRACT, entryOf(model), made(options));
  expect(of("yamnet", { pcen: "window" })).toEqual(of("yamnet", {}));
  expect(of("humpback", { pcen: "window" })).not.toEqual(of("humpback", {}));
  expect(of("vggish", { postprocess: "pca" })).not.toEqual(of("vggish", {}));
  expect(of("yamnet", { channel: 1 })).not.toEqual(of("yamnet", {}));
  const raw = { encoding: "s16", bigEndian: false, rate: 48_000, channels: 1 } as const;
  expect(of("yamnet", { raw })).not.toEqual(of("yamnet", { raw: { ...raw, rate: 44_100 } }));
  expect(of("yamnet", { zone: -420 })).not.toEqual(of("yamnet", { zone: 0 }));
  // As manifests of before hold them: a run that was begun then is gone on with.
  expect(of("vggish", { raw, start: { utc: 0, source: "start=", uncertainty: 1 }, zone: -420 })).toEqual({
    variant: "fp32",
    engine: "ort",
    channel: "mean",
    postprocess: "none",
    pcm: "s16le 48000 Hz 1",
    zone: "-420 min",
    start: "1970-01-01T00:00:00.000Z",
    weights: "0".repeat(64),
  });
  const check = (model: ModelName, options: Partial<EmbedOptions>) =>
    checkModel(EXTRACT, MODELS[model], made(options), WORDS);
  check("yamnet", {});
  check("vggish", { postprocess: "pca" });
  expect(() => check("yamnet", { postprocess: "pca" })).toThrow(
    "--postprocess pca is for models with principal components; yamnet has none.",
  );
});
