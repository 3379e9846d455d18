import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { describedBy, parseDescriptionFile } from "../../src/convert/add/described.ts";
import { ModelDescription } from "../../src/models/description.ts";
import { readSignature } from "../../src/onnx/file/signature.ts";
import { orcaEmbed } from "../support/command-line.ts";
import { onnxOf, TWO_EMBEDDINGS, WAVEFORM } from "../support/own-nets.ts";
import { blocks, root } from "./blocks.ts";

const FILE = "docs/models.md";
const text = readFileSync(join(root, FILE), "utf8");

/** The cells of the table whose first head is so called. */
function rowsOf(head: string): string[][] {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => line.startsWith(`| ${head} `));
  const end = lines.findIndex((line, at) => at > first && !line.startsWith("|"));
  return lines.slice(first + 2, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const onlyBlock = (language: string) => {
  const [block, ...more] = blocks().filter((each) => each.file === FILE && each.language === language);
  if (block === undefined || more.length > 0) throw new Error(`${FILE} should have one block of ${language}.`);
  return block.text;
};

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** Every field that the schema takes, as the table calls it; front ends have a page of their own. */
function fieldsOf(schema: Schema, prefix = ""): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const path = `${prefix}${name}`;
    if (path === "frontEnd") return [path];
    if (inner.items?.properties !== undefined) return fieldsOf(inner.items, `${path}[].`);
    const within = fieldsOf(inner, `${path}.`);
    return ["input", "licence"].includes(path) ? within : [path, ...within];
  });
}

describe(FILE, () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "orca-docs-models-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("its table has every field of a description, and no other", () => {
    const known = fieldsOf(z.toJSONSchema(ModelDescription, { io: "input" }) as Schema);
    let [before = ""] = known;
    const named = rowsOf("field").flatMap(([cell = ""]) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => {
        if (name.startsWith("….")) return before + name.slice(1);
        before = name;
        return name;
      }),
    );
    expect(named.toSorted()).toEqual(known.toSorted());
  });

  test("its example is added, and lists its licence", async () => {
    const [onnx, described, models] = [join(folder, "song.onnx"), join(folder, "song.json"), join(folder, "models")];
    writeFileSync(onnx, await onnxOf(WAVEFORM.graph));
    writeFileSync(described, onlyBlock("json"));
    const added = await orcaEmbed(["models", "add", onnx, "--as", "song", "--describe", described, "--models", models]);
    expect(added).toMatchObject({ status: 0, stdout: expect.stringContaining("licence CC-BY-4.0") });
    const manifest = readFileSync(join(models, "manifest.json"), "utf8");
    expect(JSON.parse(manifest)).toMatchObject({ format: 2, models: [{ description: { id: "song" } }] });
  });

  test("the preset that it adds is one file, and a description that a graph agrees with", async () => {
    const lines = onlyBlock("diff").trimEnd().split("\n");
    expect(lines.filter((line) => line.startsWith("+++ "))).toEqual(["+++ b/models/presets/harbour.json"]);
    const body = lines.slice(3);
    expect(lines[2]).toBe(`@@ -0,0 +1,${body.length} @@`);
    expect(body.every((line) => line.startsWith("+"))).toBe(true);
    const parsed = parseDescriptionFile(body.map((line) => line.slice(1)).join("\n"), "harbour.json");
    expect(parsed.source).toMatchObject({ file: "harbour.onnx" });
    const whole = describedBy(parsed, readSignature(await onnxOf(TWO_EMBEDDINGS.graph)), "harbour", "harbour.json");
    expect(whole.input).toMatchObject({ tensor: "window", shape: [48, 16] });
    expect(whole.outputs.map(({ tensor, shape }) => [tensor, shape])).toEqual([
      ["whole", [6]],
      ["frames", [48, 6]],
    ]);
  });

  test("its table has every preset with its licence, and whether it is fetched", () => {
    const presets = readdirSync(join(root, "models/presets")).map((file) => {
      const { description, source } = parseDescriptionFile(
        readFileSync(join(root, "models/presets", file), "utf8"),
        file,
      );
      const { name } = description.licence as { name: string };
      return [`\`${file.replace(/\.json$/, "")}\``, name, source === undefined ? "no" : "yes"];
    });
    const rows = rowsOf("preset").map(([name, , licence, fetched]) => [name, licence, fetched]);
    expect(rows.toSorted()).toEqual(presets.toSorted());
  });
});
