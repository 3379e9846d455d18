import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildLibrary } from "../../scripts/support/library.ts";
import { sceneWav } from "../support/recordings.ts";
import { seededFolder } from "../support/test-models.ts";
import { blocks, root } from "./blocks.ts";

/** A project of someone who installed the package: what npm would pack, beside its dependencies. */
let project = "";
beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), "orca-user-"));
  const installed = join(project, "node_modules/orca-embeddings");
  mkdirSync(join(installed, "models"), { recursive: true });
  cpSync(join(root, "package.json"), join(installed, "package.json"));
  await buildLibrary(join(installed, "lib"));
  mkdirSync(join(installed, "build"));
  for (const file of packed().filter((name) => name.startsWith("build/"))) {
    cpSync(join(root, file), join(installed, file));
  }
  symlinkSync(seededFolder, join(installed, "models/onnx"));
  symlinkSync(join(root, "node_modules"), join(installed, "node_modules"));
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(project, "call.wav"), sceneWav(4));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** The files that npm would pack; lib/ is there when it was built. */
function packed(): string[] {
  const listed = execFileSync("npm", ["pack", "--dry-run", "--json"], { cwd: root, encoding: "utf8" });
  const [{ files }] = JSON.parse(listed) as [{ files: { path: string }[] }];
  return files.map(({ path }) => path);
}

/** Runs TypeScript as a module of the project, after the compiler has accepted it against the package's types. */
async function runModule(name: string, code: string): Promise<string> {
  const file = join(project, `${name}.ts`);
  writeFileSync(file, code);
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  for (const resolution of [
    ["--module", "nodenext"],
    ["--module", "esnext", "--moduleResolution", "bundler", "--customConditions", "node"],
  ]) {
    const options = ["--strict", "--noEmit", "--skipLibCheck", "false", "--target", "es2024", "--typeRoots"];
    const types = [join(root, "node_modules/@types"), "--types", "node"];
    await promisify(execFile)(process.execPath, [compiler, ...options, ...types, ...resolution, file], {
      cwd: project,
    }).catch((thrown: { stdout: string }) => {
      throw new Error(thrown.stdout);
    });
  }
  return (await promisify(execFile)(process.execPath, [file], { cwd: project })).stdout;
}

const examples = blocks().filter(({ language }) => language === "ts");
const inNode = examples.filter(({ text }) => text.includes('extract("call.wav"'));

describe("the package as its users get it", () => {
  test("holds the library, the kernels and no model", () => {
    const files = packed();
    expect(files).toContain("build/kernels.wasm");
    expect(files.filter((file) => /\.(onnx|ort)|test-models|\.test\./.test(file))).toEqual([]);
  });

  test("both entries resolve, and the command line runs", async () => {
    const bin = join(project, "node_modules/orca-embeddings/lib/orca-embed.js");
    const { stdout } = await promisify(execFile)(process.execPath, [bin, "--version"]);
    expect(stdout.trim()).toBe(
      (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version,
    );
    // What a Worker's bundler takes has no module of Node's in it.
    const neutral = readFileSync(join(project, "node_modules/orca-embeddings/lib/index.js"), "utf8");
    expect(neutral).not.toMatch(/from\s*"node:/);
  });

  test("there are examples", () => expect(inNode.length).toBeGreaterThan(1));
  test.each(inNode)("$file:$line runs as it is printed", async ({ text }) => {
    const readable = 'import { openAsBlob } from "node:fs";\nconst stream = (await openAsBlob("call.wav")).stream();\n';
    const printed = await runModule("example", text.includes("(stream,") ? readable + text : text);
    // 4 s: the README's loop prints the start of each of YAMNet's 8 windows.
    if (text.includes("console.log(record.start)")) expect(printed.trim().split("\n")).toHaveLength(8);
  });
});
