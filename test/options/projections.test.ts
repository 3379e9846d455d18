import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { EXTRACT } from "../../src/cli/extract/options.ts";
import { FOLLOW } from "../../src/cli/follow.ts";
import { madeHeads } from "../../src/cli/heads/chosen.ts";
import { WORDS } from "../../src/cli/options.ts";
import { PROJECT } from "../../src/cli/project/options.ts";
import type { EmbedOptions } from "../../src/embed/index.ts";
import { createApp } from "../../src/http/app.ts";
import type { Services } from "../../src/http/services.ts";
import {
  BUNDLE,
  controls,
  difference,
  EMBEDDINGS,
  embedOptions,
  FORMATS,
  formatSettings,
  HYDROPHONE,
  type Layout,
  type Made,
  modelSettings,
  NET,
  type OptionSet,
  option,
  rawFormat,
  readOptions,
  type Texts,
  whole,
} from "../../src/options/index.ts";
import { madeHead } from "../heads/support.ts";
import { manifestWith } from "../support/model-files.ts";
import { MODELS, type ModelName } from "../support/models.ts";

const OPTIONS = fileURLToPath(new URL("../../src/options", import.meta.url));

const SETS = { EMBEDDINGS, HYDROPHONE, BUNDLE, EXTRACT, FOLLOW, PROJECT };
const all = Object.entries(SETS).flatMap(([set, options]) =>
  Object.values<OptionSet[string]>(options).map((one) => ({ set, name: one.name, one })),
);

describe("every option", () => {
  test.each(all)(
    "$set $name: one of its name in the set, with a sentence, and a default that it takes",
    ({ set, name, one }) => {
      const options: OptionSet = SETS[set as keyof typeof SETS];
      expect(Object.values(options).filter((other) => other.name === name).length).toBe(1);
      expect(one.help).toMatch(/^[A-Z0-9].*\.$/);
      if (one.default === undefined) return;
      // A default goes the way of any other text.
      expect(() => readOptions({ one }, { [name]: one.default }, WORDS)).not.toThrow();
    },
  );

  test("is in OpenAPI with its sentence, and nothing else is", () => {
    const app = createApp(() => ({}) as Services);
    const { paths } = app.getOpenAPI31Document({ openapi: "3.1.0", info: { title: "", version: "" } });
    const inQuery = (path: string, method: "get" | "post") =>
      (paths?.[path]?.[method]?.parameters ?? []).flatMap((one) =>
        "in" in one && one.in === "query" ? [`${one.name}: ${one.description}`] : [],
      );
    for (const [set, found] of [
      [EMBEDDINGS, inQuery("/v1/embeddings", "post")],
      [HYDROPHONE, inQuery("/v1/hydrophones/{name}/embeddings", "get")],
      [BUNDLE, inQuery("/v1/projector", "post")],
    ] as const) {
      const declared = Object.values<OptionSet[string]>(set);
      expect(found.map((text) => text.split(":")[0])).toEqual(declared.map(({ name }) => name));
      for (const [at, { help }] of declared.entries()) expect(found[at]).toContain(help);
    }
  });

  test("is plain data for a page: JSON gives it back, with the models that it is for", () => {
    const list = controls(EMBEDDINGS, Object.values(MODELS));
    expect(JSON.parse(JSON.stringify(list))).toEqual(list);
    const named = (name: string) => list.find((control) => control.name === name);
    expect(named("pcen")).toMatchObject({
      takes: { choices: ["clip", "window"] },
      default: "clip",
      models: ["humpback"],
    });
    expect(named("postprocess")?.models).toEqual(["vggish"]);
    expect(named("channel")).not.toHaveProperty("models");
  });
});

test("a page may bundle the declarations and their controls: no schemas and no decoders come with them", async () => {
  const { metafile } = await build({
    stdin: { contents: 'export { controls } from "./controls.ts"; export * from "./queries.ts";', resolveDir: OPTIONS },
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
    metafile: true,
  });
  // What is not used is not in the output.
  const [output] = Object.values(metafile.outputs);
  const files = Object.entries(output?.inputs ?? {}).flatMap(([file, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [file] : [],
  );
  expect(files).toContain("src/options/net.ts");
  // Limits of rates and channels stand beside the kernels, whose loader leaves a line behind.
  expect(files.filter((file) => /node_modules|src\/(audio|embed|onnx)/.test(file))).toEqual([
    "node_modules/@assemblyscript/loader/index.js",
  ]);
  expect(output?.bytes).toBeLessThan(40_000);
});

/** A model of the manifest, as far as its settings go. */
function entryOf(model: ModelName) {
  const [entry] = manifestWith([]).models;
  if (entry === undefined) throw new Error("no model");
  return { ...entry, description: MODELS[model] };
}

/** Two texts of each option that decides numbers, and a model that it is for. A new option needs a line here. */
const TWO: Readonly<Record<string, { readonly model: keyof typeof MODELS; readonly texts: readonly [Texts, Texts] }>> =
  {
    variant: { model: "yamnet", texts: [{}, { variant: "int8" }] },
    engine: { model: "yamnet", texts: [{}, { engine: "kernels" }] },
    channel: { model: "yamnet", texts: [{}, { channel: "1" }] },
    highpass: { model: "yamnet", texts: [{}, { highpass: "10" }] },
    pcen: { model: "humpback", texts: [{}, { pcen: "window" }] },
    postprocess: { model: "vggish", texts: [{}, { postprocess: "pca" }] },
    pcm: {
      model: "yamnet",
      texts: [
        { pcm: "s16le", rate: "8000" },
        { pcm: "s16be", rate: "8000" },
      ],
    },
    rate: {
      model: "yamnet",
      texts: [
        { pcm: "s16le", rate: "8000" },
        { pcm: "s16le", rate: "9000" },
      ],
    },
    channels: {
      model: "yamnet",
      texts: [
        { pcm: "u8", rate: "8000" },
        { pcm: "u8", rate: "8000", channels: "2" },
      ],
    },
    head: { model: "yamnet", texts: [{}, { head: "a.json" }] },
    detect: { model: "yamnet", texts: [{ detect: "yamnet:1" }, { detect: "yamnet:1>0.7" }] },
    site: { model: "yamnet", texts: [{ head: "a.json" }, { head: "a.json", site: "haro" }] },
    events: { model: "yamnet", texts: [{ head: "a.json" }, { head: "a.json", events: "gap=2" }] },
    start: { model: "yamnet", texts: [{}, { start: "2024-05-01T12:00:00Z" }] },
    zone: { model: "yamnet", texts: [{ zone: "Z" }, { zone: "-07:00" }] },
    "zone-overrules": { model: "yamnet", texts: [{ zone: "Z" }, { zone: "Z", "zone-overrules": "true" }] },
  };

describe("a run that goes on with another's results", () => {
  const deciding = Object.values<OptionSet[string]>(EXTRACT).filter(({ decides }) => decides !== undefined);
  const made = (texts: Texts): Made => {
    const values = readOptions(EXTRACT, texts, WORDS);
    return {
      variant: values.variant ?? "fp32",
      engine: values.engine ?? "auto",
      options: embedOptions(EXTRACT, values, rawFormat(values, WORDS.bare)),
      heads: madeHeads({
        trained: (values.head ?? []).map((file) => ({ head: madeHead(1, [file]), sha256: file })),
        rules: values.detect ?? [],
        site: values.site,
        events: values.events,
      }),
    };
  };

  test.each(deciding.filter(({ decides }) => decides !== undefined && "numbers" in decides))(
    "compares $name",
    ({ name, decides }) => {
      const { model, texts } = TWO[name] ?? expect.fail(`TWO has no texts of ${name}.`);
      const [before, now] = texts.map((given) => modelSettings(EXTRACT, entryOf(model), made(given)));
      const key = (decides !== undefined && "numbers" in decides && decides.as) || name;
      expect(before?.[key]).not.toBe(now?.[key]);
      expect(difference(before ?? {}, now ?? {})).toContain(`and this run asks for ${key} `);
    },
  );

  test("everything that can be chosen about numbers decides them: what the pipeline is given is compared", () => {
    // Of what the pipeline takes, these are not about numbers, or come from elsewhere than a choice.
    const others: readonly (keyof EmbedOptions)[] = ["scores", "spectrogram", "outputs", "file", "metadata", "heard"];
    for (const [name, { embed, decides }] of Object.entries<OptionSet[string]>({ ...NET, ...EXTRACT, ...EMBEDDINGS })) {
      if (embed === undefined || (decides !== undefined && "numbers" in decides)) continue;
      const given = name === "include" ? ["scores"] : "x";
      expect(Object.keys(embed(given)).filter((key) => !others.includes(key as keyof EmbedOptions))).toEqual([]);
    }
  });

  test("compares what decides the looks of a format", () => {
    const plain: Layout = {
      encoding: "numbers",
      scores: false,
      spectrogram: false,
      outputs: [],
      minScore: 0,
      classes: [],
    };
    const settings = (layout: Partial<Layout>) =>
      Object.fromEntries(FORMATS.map((format) => [format, formatSettings(EXTRACT, format, { ...plain, ...layout })]));
    expect(settings({})).toEqual({
      ndjson: { include: "", encoding: "numbers" },
      csv: { include: "" },
      npz: { include: "" },
      parquet: { include: "" },
      raven: { "min-score": "0", classes: "numbered" },
    });
    expect(
      settings({
        scores: true,
        spectrogram: true,
        outputs: ["map"],
        encoding: "base64",
        minScore: 0.5,
        classes: ["a", "b"],
      }),
    ).toEqual({
      ndjson: { include: "scores,spectrogram,map", encoding: "base64" },
      csv: { include: "scores" },
      npz: { include: "scores,spectrogram,map" },
      parquet: { include: "scores,spectrogram,map" },
      raven: { "min-score": "0.5", classes: "2 names" },
    });
  });
});

test("an option that is added to NET is read, means something and is compared, with nothing else changed", () => {
  const added = {
    ...NET,
    lowpass: option({
      name: "lowpass",
      ...whole(0, 20_000),
      default: "0",
      help: "Leave out what lies above this frequency, Hz; 0 is off.",
      embed: (hertz) => ({ file: `${hertz} Hz` }),
      decides: { numbers: "source", text: ({ options }) => options.file },
    }),
  };
  const settings = (texts: Texts) => {
    const options = embedOptions(added, readOptions(added, texts, WORDS));
    return modelSettings(added, entryOf("yamnet"), { variant: "fp32", engine: "ort", options });
  };
  expect(difference(settings({}), settings({ lowpass: "200" }))).toBe(
    "lowpass 0 Hz, and this run asks for lowpass 200 Hz",
  );
  expect(() => settings({ lowpass: "-1" })).toThrow("--lowpass -1 is not a whole number from 0 to 20000.");
  expect(controls(added).at(-1)).toEqual({
    name: "lowpass",
    takes: { kind: "whole", least: 0, most: 20_000 },
    words: "0 to 20000",
    default: "0",
    help: "Leave out what lies above this frequency, Hz; 0 is off.",
  });
});
