import { describe, expect, test } from "vitest";
import { description as humpback } from "../../src/models/humpback/description.ts";
import { parseManifest } from "../../src/models/index.ts";
import { manifestWith } from "../support/model-files.ts";

/** The text of a good manifest with the value at `path` replaced. */
function manifestText(path?: string, value?: unknown): string {
  const manifest = manifestWith([Uint8Array.of(1, 2, 3)]);
  const keys = path?.split(".") ?? [];
  const last = keys.pop();
  let at = manifest as unknown as Record<string, unknown>;
  for (const key of keys) at = at[key] as Record<string, unknown>;
  if (last !== undefined) at[last] = value;
  return JSON.stringify(manifest);
}

const FP32 = "models.0.variants.fp32";

describe("manifest.json", () => {
  test("is read as it is", () => {
    expect(parseManifest(manifestText())).toEqual(manifestWith([Uint8Array.of(1, 2, 3)]));
  });

  test.each([
    "../yamnet.ort",
    "..",
    "/etc/passwd",
    "a/b",
    "a\\b",
    ".hidden",
    "",
    "yamnet.ort?x",
    "%2e%2e%2fsecret",
    "C:yamnet",
    "yamnet.ort\n",
    "Yamnet.ort",
  ])("a file name may not leave the folder: %j", (file) => {
    for (const path of [`${FP32}.onnx.file`, `${FP32}.artefacts.ort.pieces.0.file`]) {
      expect(() => parseManifest(manifestText(path, file))).toThrow(
        expect.objectContaining({
          code: "model_damaged",
          message: expect.stringContaining(`manifest.json is wrong at ${path}: `),
          hint: expect.stringContaining("Remove it and prepare the models again"),
        }),
      );
    }
  });

  const wrong: readonly { what: string; path: string; value: unknown; said?: string }[] = [
    { what: "no models", path: "models", value: undefined },
    { what: "an id that is none", path: "models.0.description.id", value: "Perch v2" },
    { what: "weights of another kind", path: "models.0.weights", value: "some" },
    { what: "a short sha256", path: `${FP32}.onnx.sha256`, value: "abc" },
    { what: "a negative length", path: `${FP32}.artefacts.ort.bytes`, value: -1 },
    { what: "a length and a half", path: `${FP32}.artefacts.ort.bytes`, value: 1.5 },
    {
      what: "a missing vector",
      path: "models.0.description.frontEnd",
      value: { ...humpback.frontEnd, delta: undefined },
      said: "models.0.description.frontEnd.delta",
    },
    {
      what: "null (as NaN is written) in a vector",
      path: "models.0.description.frontEnd",
      value: { ...humpback.frontEnd, alpha: [null] },
      said: "models.0.description.frontEnd.alpha",
    },
  ];
  test.each(wrong)("$what is said with its place", ({ path, value, said = path }) => {
    expect(() => parseManifest(manifestText(path, value))).toThrow(
      expect.objectContaining({ code: "model_damaged", message: expect.stringContaining(`wrong at ${said}: `) }),
    );
  });

  test("one of an older version is told what to do", () => {
    expect(() => parseManifest(JSON.stringify({ format: 1, models: [] }))).toThrow(
      expect.objectContaining({
        code: "model_damaged",
        message: "manifest.json has format 1; this version reads format 2.",
        hint: expect.stringContaining("Remove it and prepare the models again"),
      }),
    );
  });

  test("two models of one name", () => {
    const manifest = manifestWith([]);
    const text = JSON.stringify({ ...manifest, models: [...manifest.models, ...manifest.models] });
    expect(() => parseManifest(text)).toThrow("manifest.json has two models yamnet.");
  });

  test.each(["", "{", "null", "[]", "<html>", '"models"'])("%j is no manifest", (text) => {
    expect(() => parseManifest(text)).toThrow(expect.objectContaining({ code: "model_damaged" }));
  });
});
