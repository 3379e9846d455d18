import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { CALLS } from "../../src/nn/calls.ts";
import { modules } from "./support/models.ts";

const folder = fileURLToPath(new URL("../../assembly/nn", import.meta.url));
const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(join(folder, file), "utf8"));

const CLASS = /@unmanaged\nexport class (\w+)(?: extends (\w+))? \{\n([\s\S]*?)\n?\}/g;
const FIELD = /^ {2}(\w+): (?:usize|i32);$/gm;
const FUNCTION = /^export function (\w+)(?:<[^>]*>)?\(([^)]*)\)/gm;

/** The fields of each class of assembly/nn/calls.ts, those that it inherits first. */
function layouts(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const source of sources) {
    for (const [, name = "", base = "", body = ""] of source.matchAll(CLASS)) {
      const own = [...body.matchAll(FIELD)].map(([, field = ""]) => field);
      // Nothing else takes room: no other type, no method.
      const lines = body.split("\n").filter((line) => line !== "" && !/^ *(\/\*\*|\*)/.test(line));
      expect(lines).toHaveLength(own.length);
      found.set(name, [...(found.get(base) ?? []), ...own]);
    }
  }
  return found;
}

const functions = sources.flatMap((source) =>
  [...source.matchAll(FUNCTION)].map(([, name = "", parameters = ""]) => ({ name, parameters })),
);

test("calls.ts names the fields of every kernel as assembly/nn lays them down", () => {
  const classes = layouts();
  const kernels = WebAssembly.Module.exports(modules.simd).filter(({ kind }) => kind === "function");
  const called = kernels.flatMap(({ name }) => {
    const { parameters = "" } = functions.find((candidate) => candidate.name === name) ?? {};
    // fusesMadd, which asks about the CPU, takes nothing.
    return parameters === "" ? [] : [[name, classes.get(/^call: (\w+)$/.exec(parameters)?.[1] ?? "")]];
  });
  expect(Object.fromEntries(called)).toEqual(CALLS);
});

test("what assembly/nn exports takes eight parameters at most", () => {
  const long = functions.filter(({ parameters }) => parameters.split(",").length > 8);
  expect(long.map(({ name }) => name)).toEqual([]);
  expect(functions.length).toBeGreaterThan(Object.keys(CALLS).length);
});
