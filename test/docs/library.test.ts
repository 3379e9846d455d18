import { execFile } from "node:child_process";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDevWorker } from "../../scripts/support/dev-worker.ts";
import { LEAST_NODE, nodeTooOld } from "../../src/least-node.node.ts";
import { fakeNode } from "../live/support/fake-node.ts";
import { tsSegments } from "../live/support/segments.ts";
import { chromiumExists, startChromium } from "../page/support/chromium.ts";
import { startFileServer } from "../support/file-server.ts";
import { onnxOf, WAVEFORM } from "../support/own-nets.ts";
import { sceneWav } from "../support/recordings.ts";
import { recordsOf } from "../support/records.ts";
import { assetsFolder, seededFolder } from "../support/test-models.ts";
import { dependencies, packed, UserProject } from "../support/user-project.ts";
import { blocks, root } from "./blocks.ts";

let project: UserProject;
beforeAll(async () => {
  project = await UserProject.make();
  cpSync(join(root, "examples"), join(project.folder, "examples"), { recursive: true });
  const readable = 'import { openAsBlob } from "node:fs";\nconst stream = (await openAsBlob("call.wav")).stream();\n';
  for (const { line, text } of inNode) {
    writeFileSync(join(project.folder, fileOf(line)), text.includes("(stream,") ? readable + text : text);
  }
});
afterAll(() => project?.remove());

const inNode = blocks().filter(({ language, text }) => language === "ts" && text.includes('extract("call.wav"'));
const fileOf = (line: number) => `example-${line}.ts`;

describe("the package as its users get it", () => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly version: string;
    readonly engines: { readonly node: string };
    readonly peerDependenciesMeta: object;
  };

  test("holds the library, the kernels, the presets and no model", () => {
    const files = packed();
    expect(files).toEqual(expect.arrayContaining(["build/kernels.wasm", "models/presets/perch_v2.json"]));
    expect(files.filter((file) => /\.(onnx|ort|packed)|test-models|\.test\.|^tools/.test(file))).toEqual([]);
  });

  test("brings no Node, none of the tools, and no onnxruntime", () => {
    const names = dependencies();
    expect(names).toContain("hono");
    const unwanted =
      /^(node-|onnxruntime|usearch|esbuild|wrangler|workerd|typescript|vitest|@biomejs|assemblyscript|binaryen)/;
    expect(names.filter((name) => unwanted.test(name))).toEqual([]);
    expect(names.length).toBeLessThan(50);
    expect(Object.keys(manifest.peerDependenciesMeta)).toEqual([
      "onnxruntime-node",
      "onnxruntime-web",
      "usearch",
      "wrangler",
    ]);
  });

  test("an old Node gets a sentence; package.json says the same number", () => {
    expect(manifest.engines.node).toBe(`>=${LEAST_NODE.join(".")}`);
    expect(nodeTooOld("20.19.1")).toMatch(/^This is Node 20\.19\.1; orca-embeddings needs 22\.14 or newer\./);
    expect(nodeTooOld("22.13.9")).toBeDefined();
    expect(["22.14.0", "24.0.0", process.versions.node].map((version) => nodeTooOld(version))).toEqual(Array(3));
    // What looks at the version imports nothing that an old Node cannot read.
    const start = readFileSync(join(project.installed, "lib/orca-embed.js"), "utf8");
    const imported = [...start.matchAll(/^import .*"(.+)";$/gm)].map(([, file = ""]) => file);
    for (const file of imported) {
      expect(readFileSync(join(project.installed, "lib", file), "utf8")).not.toMatch(/^import /m);
    }
  });

  test("both entries resolve, and the command line runs", async () => {
    expect((await project.run(project.command, "--version")).trim()).toBe(manifest.version);
    expect(await project.run(project.command, "models", "list", "--models", seededFolder)).toContain("humpback");
    // What a Worker's bundler takes has no module of Node's in it, and no onnxruntime.
    for (const file of ["index.js", "index.node.js"]) {
      const text = readFileSync(join(project.installed, "lib", file), "utf8");
      expect(text).not.toMatch(/from\s*"onnxruntime/);
      if (file === "index.js") expect(text).not.toMatch(/from\s*"node:/);
    }
  });

  test("by require, and in a bundle for Node that leaves it out", async () => {
    const then = '.extract("call.wav", "yamnet").result().then(({ starts }) => console.log(starts.length));';
    writeFileSync(join(project.folder, "required.cjs"), `require("orca-embeddings")${then}`);
    writeFileSync(join(project.folder, "imported.js"), `import * as orca from "orca-embeddings";\norca${then}`);
    // As docs/library.md has it.
    const options = [
      "--bundle",
      "--platform=node",
      "--external:orca-embeddings",
      "--outfile=bundled/app.mjs",
      "--format=esm",
    ];
    await promisify(execFile)(join(root, "node_modules/.bin/esbuild"), ["imported.js", ...options], {
      cwd: project.folder,
    });
    expect((await project.run("required.cjs")).trim()).toBe("8");
    expect((await project.run("bundled/app.mjs")).trim()).toBe("8");
  });

  test("there are examples", () => expect(inNode.length).toBeGreaterThan(1));
  test.each(inNode)("$file:$line runs as it is printed", async ({ text, line }) => {
    const printed = await project.run(fileOf(line));
    // 4 s: the README's loop prints the start of each of YAMNet's 8 windows.
    if (text.includes("console.log(record.start)")) expect(printed.trim().split("\n")).toHaveLength(8);
  });
});

describe("examples/", () => {
  test("and those of the docs agree with the package's types", async () => {
    const files = ["script", "stages", "live", "own-model/listen", "worker/worker", "page/page"];
    await project.check([
      ...inNode.map(({ line }) => fileOf(line)),
      "examples/wasm.d.ts",
      ...files.map((file) => `examples/${file}.ts`),
    ]);
  });

  test("script.ts and stages.ts", async () => {
    const printed = (await project.run("examples/script.ts")).split("\n");
    expect(printed[0]).toMatch(/^yamnet, seeded weights, orca-kernels/);
    expect(printed.filter((line) => /^[\d.]+ .*Float32Array/.test(line))).toHaveLength(8);
    // 48 kHz: (64000 - 2048) / 1600 and one frames of 0.1 s.
    const frames = (await project.run("examples/stages.ts")).trim().split("\n");
    expect(frames).toHaveLength(39);
    expect(frames[38]).toMatch(/^3\.8 -?\d+\.\d ln\(mel \+ 0\.000001\)$/);
  });

  test("live.ts", async () => {
    const node = await fakeNode(1_700_000_000);
    node.add(...tsSegments(3));
    node.end();
    const printed = await project.run("examples/live.ts", node.playlistUrl);
    expect(printed).toMatch(/^sound since 2023-11-14T22:13:22/);
  });

  test("own-model/, and the sentence where onnxruntime-web is wanted and missing", async () => {
    const folder = "examples/own-model";
    writeFileSync(join(project.folder, folder, "song.onnx"), await onnxOf(WAVEFORM.graph));
    const run = (file: string, ...args: string[]) => project.runIn(folder, file, ...args);
    // As its first lines say.
    const text = readFileSync(join(project.folder, folder, "listen.ts"), "utf8");
    const args = /npx orca-embed (models add .*)/.exec(text)?.[1]?.split(" ") ?? [];
    await expect(run(project.command, ...args)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/onnxruntime-web is not installed.*npm install onnxruntime-web@1\.30\.0/s),
    });
    project.install("onnxruntime-web");
    expect(await run(project.command, ...args)).toContain("song: onnxruntime-web runs it; the kernels do not");
    const printed = (await run("listen.ts", join(project.folder, "call.wav"))).trim().split("\n");
    // 4 s: 1 + (32,000 - 4,000) / 2,000 windows.
    expect(printed).toHaveLength(15);
    expect(printed[0]).toMatch(/^0 orca 0\.\d{3}, ship 0\.\d{3}, rain 0\.\d{3}$/);
  });

  test("worker/", async () => {
    const config = join(project.folder, "examples/worker/wrangler.toml");
    const worker = await startDevWorker({ config, assets: assetsFolder });
    try {
      const response = await fetch(worker.url, { method: "POST", body: sceneWav(4) });
      const types = (await recordsOf(await response.text())).map(({ type }) => type);
      expect(types).toEqual(["header", ...Array(8).fill("window"), "summary"]);
    } finally {
      await worker.stop();
    }
  });

  test.runIf(chromiumExists)("page/", async () => {
    const page = join(project.folder, "examples/page");
    const [, command = ""] = /npx (esbuild .*)/.exec(readFileSync(join(page, "page.ts"), "utf8")) ?? [];
    await promisify(execFile)(
      join(root, "node_modules/.bin", command.split(" ")[0] ?? ""),
      command.split(" ").slice(1),
      {
        cwd: page,
      },
    );
    const served = (path: string) => join(path.startsWith("/models/") ? assetsFolder : page, path);
    const server = await startFileServer();
    const get = server.files.get.bind(server.files);
    server.files.get = (path) => {
      const file = served(path === "/" ? "/index.html" : path);
      if (!existsSync(file)) return get(path);
      const types: Readonly<Record<string, string>> = {
        html: "text/html",
        js: "text/javascript",
        wasm: "application/wasm",
      };
      return (_, response) =>
        response.setHeader("content-type", types[file.split(".").at(-1) ?? ""] ?? "text/plain").end(readFileSync(file));
    };
    const browser = await startChromium();
    try {
      const tab = await browser.context.newPage();
      await tab.goto(`${server.url}/`);
      await tab.locator("input").setInputFiles(join(project.folder, "call.wav"));
      await tab.getByText("8 windows.").waitFor();
      expect((await tab.locator("pre").textContent())?.match(/ s: /g)).toHaveLength(8);
      // Nothing but the model that was asked for.
      const fetched = server.requests.filter((path) => path.endsWith(".packed"));
      expect(fetched.every((path) => path.includes("yamnet-int8"))).toBe(true);
    } finally {
      await browser.close();
    }
  });
});
