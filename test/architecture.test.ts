import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ORT_VERSION } from "../src/onnx/index.ts";
import { VERSION } from "../src/version.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const src = join(root, "src");

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .sort();

/** Files that package.json's `imports` give a name of their own, where no condition chooses another. */
const OWN_NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(
    (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { imports: Record<string, { default: string }> })
      .imports,
  ).map(([name, { default: file }]) => [name, relative("src", file)]),
);

interface Import {
  readonly from: string;
  /** A file of src/, or a package. */
  readonly to: string;
}

/** What a file imports or re-exports, statically or not, with types. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(src, file), "utf8").replaceAll(/^\s*(\/\*\*|\*|\/\/).*$/gm, "");
  const statement = /(?<!")(?:\bfrom|\bimport|\bimport\()\s*"([^"\n]+)"/g;
  return [...text.matchAll(statement)].map(([, target = ""]) => ({
    from: file,
    to: target.startsWith(".") ? relative(src, resolve(src, dirname(file), target)) : (OWN_NAMES[target] ?? target),
  }));
}

const imports = files.flatMap(importsOf);
/** Imports that are not of packages. */
const inside = imports.filter(({ to }) => /\.ts$/.test(to) || to.startsWith(".."));

/** The part that a file belongs to: its first folder, or itself where it lies in src/ directly. */
const partOf = (file: string) => {
  if (/^models\/(catalogue|catalogued-model|found|test-tones|googles-licence)\.ts$|^models\/[^/]+\//.test(file))
    return "models/catalogue";
  return file.includes("/") ? (file.split("/")[0] as string) : file;
};
const text = ({ from, to }: Import) => `${from} imports ${to}`;

/**
 * docs/architecture.md, "Imports point one way": each part may import parts of a smaller number, and within one number the parts
 * that are named behind it.
 */
const LEVELS: Readonly<Record<string, { level: number; beside?: readonly string[] }>> = {
  "errors.ts": { level: 0, beside: ["file-errors.ts"] },
  "file-errors.ts": { level: 0 },
  "version.ts": { level: 0 },
  "least-node.node.ts": { level: 0 },
  "counted.ts": { level: 0 },
  "join.ts": { level: 0 },
  "chunks.ts": { level: 0 },
  "basic-authorization.ts": { level: 0 },
  "checked.ts": { level: 0, beside: ["errors.ts"] },
  "turns.ts": { level: 0, beside: ["errors.ts"] },
  "delimited.ts": { level: 0 },
  "delimited.node.ts": { level: 0, beside: ["delimited.ts", "errors.ts"] },
  "make-folder.node.ts": { level: 0 },
  "wasm-modules.d.ts": { level: 0 },
  // Below the pipeline. Kernels know nothing; models are data about kernels; inference runs models.
  // Text and bytes to UTC: knows no format and no pipeline.
  times: { level: 0, beside: ["errors.ts"] },
  // What people say about recordings, and its tables.
  labels: { level: 1 },
  kernels: { level: 1 },
  audio: { level: 1, beside: ["kernels"] },
  // The seam, and what is behind it: they know tensors, and no model.
  engines: { level: 1 },
  onnx: { level: 1, beside: ["engines"] },
  nn: { level: 1, beside: ["engines"] },
  // Kernels of search with types: vectors, and nothing of where they come from.
  vectors: { level: 1 },
  // Models as data; loading them by an engine.
  models: { level: 1, beside: ["kernels", "engines"] },
  // A synthesised recording: nothing but numbers.
  sample: { level: 1 },
  // What the pipeline gives, and its text: whoever has records needs no pipeline.
  records: { level: 2 },
  // Small classifiers on embeddings: they know models by description, and no pipeline.
  heads: { level: 2 },
  embed: { level: 2, beside: ["records", "heads"] },
  // Objects and files elsewhere, by HTTP.
  remote: { level: 2 },
  // What is kept of records, and searched.
  collection: { level: 2, beside: ["records"] },
  output: { level: 3 },
  live: { level: 3 },
  // What can be chosen; routes and commands are made from it.
  options: { level: 3, beside: ["output"] },
  // What is to be done and how it ended, wherever that is kept.
  jobs: { level: 3, beside: ["options"] },
  // Hydrophones that are followed by themselves, their events, and whom they are told.
  watch: { level: 3, beside: ["extract.ts", "live", "output"] },
  http: { level: 3, beside: ["output", "live", "options", "watch"] },
  convert: { level: 3 },
  // The library's faces, and what the command line and it run on.
  "extract.ts": { level: 3 },
  "follow.ts": { level: 3, beside: ["extract.ts", "live"] },
  "runtime.node.ts": { level: 3, beside: ["extract.ts"] },
  // The published models: how their weights become ONNX, and what their publishers check. Never in what runs.
  "models/catalogue": { level: 4 },
  "index.ts": { level: 4 },
  "index.node.ts": { level: 5 },
  "worker.ts": { level: 4 },
  // Jobs by Cloudflare's queues, objects and Durable Objects, and the Worker that has them.
  edge: { level: 4 },
  "edge-worker.ts": { level: 5 },
  cli: { level: 4, beside: ["models/catalogue", "edge"] },
};

/** Circles among files that import each other: one of each that is met. */
function circlesOf(targets: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
    if (path.includes(file) || done.has(file)) return;
    for (const next of targets.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  };
  for (const file of targets.keys()) walk(file, []);
  return circles;
}

describe("imports point one way", () => {
  test("every part of src/ has its place", () => {
    expect([...new Set(files.map(partOf))].filter((part) => LEVELS[part] === undefined)).toEqual([]);
  });

  test("nothing imports what lies above it, or outside src/", () => {
    const wrong = inside.filter(({ from, to }) => {
      const [a, b] = [LEVELS[partOf(from)], LEVELS[partOf(to)]];
      if (partOf(from) === partOf(to)) return false;
      // The kernels that the Worker imports are built outside src/.
      if (a === undefined || b === undefined) return !to.endsWith(".wasm");
      return !(b.level < a.level || (b.level === a.level && a.beside?.includes(partOf(to))));
    });
    expect(wrong.map(text)).toEqual([]);
  });

  test("compiled WebAssembly is imported by the Worker alone", () => {
    const wasm = imports.filter(({ to }) => to.endsWith(".wasm"));
    expect(wasm.filter(({ from }) => !/^(worker|edge-worker|onnx\/worker-engine)\.ts$/.test(from)).map(text)).toEqual(
      [],
    );
    expect(wasm.length).toBeGreaterThan(0);
  });

  test("parts do not import each other in a circle", () => {
    const edges = new Map<string, Set<string>>();
    for (const { from, to } of inside) {
      if (!files.includes(to) || partOf(from) === partOf(to)) continue;
      edges.set(partOf(from), (edges.get(partOf(from)) ?? new Set()).add(partOf(to)));
    }
    const circles: string[] = [];
    const walk = (part: string, path: readonly string[]) => {
      if (path.includes(part)) {
        circles.push([...path.slice(path.indexOf(part)), part].join(" → "));
        return;
      }
      for (const next of edges.get(part) ?? []) walk(next, [...path, part]);
    };
    for (const part of edges.keys()) walk(part, []);
    expect(circles).toEqual([]);
  });

  test("files do not import each other in a circle, not even types", () => {
    const targets = new Map(
      files.map((file) => [file, inside.filter(({ from }) => from === file).map(({ to }) => to)]),
    );
    expect(circlesOf(targets)).toEqual([]);
    const made = new Map([
      ["a", ["b", "d"]],
      ["b", ["c"]],
      ["c", ["a"]],
      ["d", ["c"]],
    ]);
    expect(circlesOf(made)).toEqual(["a → b → c → a"]);
  });

  test("node: is for cli/, convert/, the published models and *.node.ts, and Node's modules are called by that name", () => {
    const forNode = (file: string) =>
      ["cli", "convert", "models/catalogue"].includes(partOf(file)) || file.endsWith(".node.ts");
    const wrong = imports.filter(({ from, to }) => to.startsWith("node:") && !forNode(from));
    expect(wrong.map(text)).toEqual([]);
    expect(imports.filter(({ to }) => !to.startsWith("node:") && builtinModules.includes(to)).map(text)).toEqual([]);
    // A file for every runtime may not go by way of one for Node.
    const byWay = inside.filter(({ from, to }) => files.includes(to) && forNode(to) && !forNode(from));
    expect(byWay.map(text)).toEqual([]);
  });

  test("packages that src/ imports are dependencies; those that are optional are each of one part", () => {
    const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const optional: Readonly<Record<string, string>> = {
      "onnxruntime-node": "convert",
      "onnxruntime-web": "onnx",
      usearch: "collection",
      wrangler: "cli",
    };
    expect(Object.keys(peerDependencies)).toEqual(Object.keys(optional));
    const packages = imports.filter(({ to }) => !to.startsWith("node:") && !/\.ts$/.test(to) && !/^[.#]/.test(to));
    const nameOf = (to: string) => to.split("/", to.startsWith("@") ? 2 : 1).join("/");
    const wrong = packages.filter(({ from, to }) => {
      const part = optional[nameOf(to)];
      if (part !== undefined) return partOf(from) !== part;
      return dependencies[nameOf(to)] === undefined;
    });
    expect(wrong.map(text)).toEqual([]);
    const used = new Set(packages.map(({ to }) => nameOf(to)));
    for (const name of [...used]) {
      const { peerDependencies = {} } = JSON.parse(
        readFileSync(join(root, "node_modules", name, "package.json"), "utf8"),
      );
      for (const peer of Object.keys(peerDependencies)) used.add(peer);
    }
    expect(Object.keys(dependencies).filter((name) => !used.has(name))).toEqual([]);
  });
});

describe("what is printed", () => {
  test("goes through one file, which lets nothing raw to a terminal; bars draw themselves", () => {
    // An old Node cannot read what print.ts imports.
    const own = [
      "cli/start.ts",
      "cli/print.ts",
      "cli/progress.ts",
      "cli/extract/report.ts",
      "cli/models/download-bars.ts",
    ];
    const prints = /\bconsole\.(log|error|warn|info|debug)\b|process\.std(out|err)\.write/;
    const ours = files.filter((file) => ["cli", "convert"].includes(partOf(file)) && !own.includes(file));
    const bare = ours.filter((file) => prints.test(readFileSync(join(src, file), "utf8")));
    // What commander says is made safe where it is written.
    expect(bare).toEqual(["cli/main.ts"]);
    expect(readFileSync(join(src, "cli/main.ts"), "utf8").match(/std(out|err)\.write\((?!printableLines)/)).toBeNull();
  });
});

describe("the page", () => {
  const page = join(root, "page");
  const pageFiles = readdirSync(page, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file));
  /** Numbers, pictures and text: nothing that needs the kernels, an engine or a server. */
  const PURE = [
    "audio/formats.ts",
    "counted.ts",
    "sample/index.ts",
    "errors.ts",
    "labels/index.ts",
    "output/projector-reader/index.ts",
    "models/index.ts",
    "output/colour.ts",
    "output/csv.ts",
    "output/npz.ts",
    "records/index.ts",
    "heads/events.ts",
    "heads/examples.ts",
    "heads/train-defaults.ts",
    "heads/window-labels.ts",
    "times/index.ts",
    "version.ts",
    "delimited.ts",
    "labels/index.ts",
    "options/controls.ts",
    "options/net.ts",
  ];

  /** The decoders and the kernel that makes samples of bytes, for its own worker. */
  const DECODING = ["audio/formats.ts", "audio/index.ts", "audio/sniff.ts", "kernels/index.ts"];

  /** The whole pipeline, for its own worker. */
  const PIPELINE = [
    "audio/index.ts",
    "embed/index.ts",
    "errors.ts",
    "models/index.ts",
    "nn/index.ts",
    "options/index.ts",
    "records/index.ts",
  ];
  const WORKERS: Readonly<Record<string, readonly string[]>> = {
    "audio/decode.ts": DECODING,
    "pipeline/pipeline-worker.ts": PIPELINE,
    "pipeline/heads.ts": ["heads/index.ts", "output/detections/files.ts", "output/detections/page.ts", ...PURE],
    "bundle/bundle-worker.ts": ["collection/read-hoplite.ts", ...PURE],
    "site/service-worker.ts": ["nn/module.ts"],
  };

  test("its files do not import each other in a circle, types included", () => {
    const circles: string[] = [];
    const done = new Set<string>();
    const walk = (file: string, path: readonly string[]) => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      if (path.includes(file) || done.has(file)) return;
      const text = readFileSync(join(page, file), "utf8");
      for (const [, to = ""] of text.matchAll(/\bfrom "(\.[^"]+)"/g)) {
        const target = relative(page, resolve(page, dirname(file), to));
        if (pageFiles.includes(target)) walk(target, [...path, file]);
      }
      done.add(file);
    };
    for (const file of pageFiles) walk(file, []);
    expect(circles).toEqual([]);
  });

  test("of src/ it imports types, and beside them only what is pure; what runs in workers does more", () => {
    const wrong = pageFiles.flatMap((file) => {
      const text = readFileSync(join(page, file), "utf8").replaceAll(
        /^import type .*$|^import \{[^}]*\} from "\.\/.*$/gm,
        "",
      );
      const targets = [...text.matchAll(/\bfrom "(\.[^"]+)"/g)].map(([, to = ""]) => resolve(page, dirname(file), to));
      const outside = targets.map((to) => relative(src, to)).filter((to) => !to.startsWith("../page/"));
      const allowed = WORKERS[file] ?? PURE;
      return outside.filter((to) => !allowed.includes(to)).map((to) => `${file} imports ${to}`);
    });
    expect(wrong).toEqual([]);
    expect(pageFiles.length).toBeGreaterThan(20);
  });

  test("packages that it imports are installed with the project; it is bundled, so its readers need none", () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const packages = pageFiles.flatMap((file) =>
      [...readFileSync(join(page, file), "utf8").matchAll(/\bfrom "([^."][^"]*)"/g)].map(
        ([, to = ""]) => to.split("/")[0],
      ),
    );
    const known = { ...dependencies, ...devDependencies };
    expect([...new Set(packages)].filter((name) => known[name ?? ""] === undefined)).toEqual([]);
    expect(packages).toContain("preact");
  });

  test("no file of it has more than 350 lines", () => {
    const long = pageFiles.filter((file) => readFileSync(join(page, file), "utf8").split("\n").length > 350);
    expect(long).toEqual([]);
  });
});

describe("one place for each fact", () => {
  test("the version is package.json's", () => {
    expect(VERSION).toBe(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version);
  });

  test("ORT_VERSION is what the lockfile installs, and what is installed", () => {
    const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
    expect(ORT_VERSION).toBe(lock.packages["node_modules/onnxruntime-web"].version);
    const installed = readFileSync(join(root, "node_modules/onnxruntime-web/package.json"), "utf8");
    expect(ORT_VERSION).toBe(JSON.parse(installed).version);
  });
});

describe("small files", () => {
  const MOST_LINES = 350;
  /** Longer files, each with its reason. */
  const LONGER: Readonly<Record<string, string>> = {};

  test(`no file of src/ has more than ${MOST_LINES} lines without a reason`, () => {
    const long = files.filter((file) => readFileSync(join(src, file), "utf8").split("\n").length - 1 > MOST_LINES);
    expect(long.filter((file) => LONGER[file] === undefined)).toEqual([]);
    // A reason for a file that is short again, or gone, is dropped.
    expect(Object.keys(LONGER).filter((file) => !long.includes(file))).toEqual([]);
  });
});
