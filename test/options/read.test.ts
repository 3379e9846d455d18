import { describe, expect, test } from "vitest";
import { WORDS } from "../../src/cli/options.ts";
import { bundleRequest, embeddingsRequest, liveRequest } from "../../src/http/options.ts";
import { ANY_CHOICE, EMBEDDINGS, namesIn, option, readOptions } from "../../src/options/index.ts";

const embeddings = (query: Record<string, string | string[]>, type = "") =>
  embeddingsRequest({ model: "yamnet", ...query }, type);
const flags = (given: Record<string, string | string[]>) =>
  readOptions(EMBEDDINGS, { model: "yamnet", ...given }, WORDS);

describe("an option that is given again", () => {
  test("is joined where it is a list", () => {
    const { scores, spectrogram } = embeddings({ include: ["scores", "spectrogram"] }).options;
    expect([scores, spectrogram]).toEqual([true, true]);
    expect(flags({ include: ["scores", "spectrogram,scores"] }).include).toEqual(["scores", "spectrogram", "scores"]);
  });

  test("is refused where it is not, the same text or another", () => {
    expect(() => embeddings({ model: ["yamnet", "vggish"] })).toThrow(
      expect.objectContaining({
        code: "bad_option",
        field: "model",
        message: "model= is given 2 times.",
        hint: "Give it once.",
      }),
    );
    expect(() => embeddings({ file: ["a.wav", "a.wav"] })).toThrow("file= is given 2 times.");
    expect(() => flags({ rate: ["8000", "8000", "8000"] })).toThrow("--rate is given 3 times.");
  });
});

test("a model's id and its further outputs are taken as they are: what there is, the models here say", () => {
  const { model, options } = embeddings({ model: "perch_v2", include: "scores,spatial_embedding,scores" });
  expect(model).toBe("perch_v2");
  expect(options).toMatchObject({ scores: true, spectrogram: false, outputs: ["spatial_embedding"] });
});

test("what is left out has its default, and means it to the pipeline", () => {
  expect(embeddings({})).toEqual({
    model: "yamnet",
    variant: "fp32",
    engine: "auto",
    encoding: "numbers",
    options: { pcen: "clip", postprocess: "none", scores: false, spectrogram: false, outputs: [] },
  });
  expect(liveRequest({ model: "yamnet" }, ANY_CHOICE)).toMatchObject({ back: 1, audio: false, encoding: "numbers" });
  expect(bundleRequest({ model: "yamnet" }, "", ANY_CHOICE)).toMatchObject({
    thumbnail: 64,
    options: { scores: true, spectrogram: true },
  });
});

describe("engines", () => {
  const operator = { variant: "int8", engine: "kernels", engines: ["kernels"] } as const;
  test("the operator's where none is named; auto is a choice like any other", () => {
    expect(embeddingsRequest({ model: "yamnet" }, "", operator)).toMatchObject({ engine: "kernels", variant: "int8" });
    const allowed = { ...operator, engines: ["kernels", "auto"] };
    expect(embeddingsRequest({ model: "yamnet", engine: "auto" }, "", allowed).engine).toBe("auto");
    expect(embeddings({ engine: "kernels" }).engine).toBe("kernels");
  });
  test("one that the operator does not allow, and one that there is not", () => {
    expect(() => embeddingsRequest({ model: "yamnet", engine: "ort" }, "", operator)).toThrow(
      "This server does not run requests with engine=ort.",
    );
    expect(() => embeddings({ engine: "tpu" })).toThrow('There is no engine "tpu".');
  });
});

describe("raw PCM", () => {
  const raw = (query: Record<string, string>, type = "") => embeddings(query, type).options.raw;
  test("by the query, the Content-Type, or both: the query goes before it", () => {
    expect(raw({ pcm: "s16le", rate: "48000" })).toEqual({
      encoding: "s16",
      bigEndian: false,
      rate: 48_000,
      channels: 1,
    });
    const l16 = { encoding: "s16", bigEndian: true, rate: 44_100, channels: 2 };
    expect(raw({}, "audio/L16;rate=44100; channels=2")).toEqual(l16);
    expect(raw({ rate: "8000" }, "audio/L16;rate=44100;channels=2")).toEqual({ ...l16, rate: 8000 });
    expect(raw({ pcm: "u8", rate: "8000" })).toMatchObject({ encoding: "u8", bigEndian: false });
    expect(raw({}, "audio/wav;rate=44100")).toBeUndefined();
  });
  test.each([
    [{ rate: "8000" }, "rate= is for raw PCM, and no pcm= was given."],
    [{ channels: "2" }, "channels= is for raw PCM, and no pcm= was given."],
    [{ pcm: "s16le" }, "Raw PCM needs its sample rate."],
    [{ pcm: "s12le", rate: "8000" }, 'pcm="s12le" cannot be used: it must be one of'],
    [{ pcm: "s16le", rate: "100" }, 'rate="100" cannot be used: it must be 1000 or more'],
    [{ pcm: "s16le", rate: "" }, 'rate="" cannot be used'],
    [{ pcm: "s16le", rate: "8000.5" }, 'rate="8000.5" cannot be used'],
  ])("%j is refused: %s", (query, sentence) => expect(() => raw(query)).toThrow(sentence));
});

describe("each place says what it does not take", () => {
  test.each([
    [() => embeddings({ modle: "1" }), 'There is no option "modle".', "Options are: model, variant, engine,"],
    [() => embeddings({ back: "2" }), 'There is no option "back".', "Options are: model,"],
    [() => embeddings({ "min-score": "1" }), 'There is no option "min-score".', "Options are: model,"],
    [
      () => embeddings({ include: "scores,Sound!" }),
      'include="Sound!" is not known.',
      "Use scores, spectrogram, other outputs of the model",
    ],
    [
      () => embeddings({ channel: "left" }),
      'channel="left" cannot be used: use mean or a channel\'s number',
      "openapi",
    ],
    [() => embeddings({ model: "Perch 2" }), 'There is no model "Perch 2".', "small letters"],
    [() => embeddingsRequest({}, ""), "No model was named.", "GET /v1/models"],
    [
      () => liveRequest({ model: "yamnet", zone: "Z" }, ANY_CHOICE),
      "zone= is for recordings that are sent; a hydrophone has its own.",
      "Leave zone= away.",
    ],
    [
      () => liveRequest({ model: "yamnet", back: "361" }, ANY_CHOICE),
      'back="361" cannot be used: it must be 360 or less',
      "It takes 1 to 360 segments. GET /openapi",
    ],
    [
      () => bundleRequest({ model: "yamnet", encoding: "base64" }, "", ANY_CHOICE),
      "A bundle has no encoding=.",
      "thumbnail.",
    ],
    [
      () => flags({ channel: "left" }),
      "--channel left cannot be used: use mean or a channel's number",
      "It takes mean, 0",
    ],
    [() => flags({ pcen: "off" }), "--pcen off is not known.", "Use clip or window."],
    [() => flags({ rate: "100" }), "--rate 100 is not a whole number from 1000 to 768000.", undefined],
    [() => flags({ zone: "PDT" }), "--zone PDT is no zone.", "or a name like America/Vancouver"],
    [
      () => embeddingsRequest({ model: "yamnet", "zone-overrules": "1" }, ""),
      "zone-overrules is for a zone, and no zone was given.",
      "Give the zone too",
    ],
  ])("%#: %s", (read, message, hint) => {
    expect(read).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(message),
        hint: hint === undefined ? undefined : expect.stringContaining(hint),
      }),
    );
  });
});

test("a list that may not be empty is refused where it is", () => {
  const columns = option({
    name: "columns",
    takes: { kind: "names", words: "names with commas" },
    help: "Columns.",
    read: namesIn,
  });
  expect(readOptions({ columns }, { columns: "a, b" }, WORDS).columns).toEqual(["a", "b"]);
  expect(readOptions({ columns }, {}, WORDS).columns).toBeUndefined();
  expect(() => readOptions({ columns }, { columns: " " }, WORDS)).toThrow("--columns   is not known.");
});
