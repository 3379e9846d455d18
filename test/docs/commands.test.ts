import { execFile } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LoopbackServer } from "../../src/cli/loopback-server.ts";
import { type PlainWorker, startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import { startJobsServer } from "../edge/jobs-server.ts";
import { edge } from "../edge/support.ts";
import { testServices } from "../support/app.ts";
import { CLI } from "../support/command-line.ts";
import { MODEL_NAMES } from "../support/models.ts";
import { sceneWav } from "../support/recordings.ts";
import { sharedExists, sharedPath } from "../support/shared.ts";
import { assetsFolder, lightFolder } from "../support/test-models.ts";
import { commands, root } from "./blocks.ts";

const SECONDS = 4;
const scripts = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> })
  .scripts;

let folder = "";
let worker: PlainWorker;
let jobs: LoopbackServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "orca-docs-"));
  const wav = sceneWav(SECONDS);
  mkdirSync(join(folder, "recordings"));
  for (const file of ["call.wav", "FILE", "recordings/one.wav"]) writeFileSync(join(folder, file), wav);
  writeFileSync(join(folder, "labels.csv"), "file,start,end,label\none.wav,0,2,call\n");
  // In the place of a microphone: the same command, with what arecord would write.
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "samples.raw"), wav.subarray(44));
  writeFileSync(join(folder, "bin/arecord"), `#!/bin/sh\nexec cat '${join(folder, "samples.raw")}'\n`);
  chmodSync(join(folder, "bin/arecord"), 0o755);
  worker = await startPlainWorker(assetsFolder);
  const cloud = edge();
  cloud.bucket.set("site-1/2024/a.wav", wav);
  jobs = await startJobsServer(cloud, testServices({ VARIANT: "int8" }));
});
afterAll(async () => {
  await worker?.stop();
  await jobs?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a line as a shell does, in a folder with the files that the docs speak of. */
async function shell(line: string): Promise<string> {
  const path = [join(folder, "bin"), dirname(process.execPath), process.env.PATH].join(delimiter);
  const { stdout } = await promisify(execFile)("bash", ["-ec", `set -o pipefail; ${line}`], {
    cwd: folder,
    env: { ...process.env, PATH: path },
    maxBuffer: 2 ** 26,
  });
  return stdout;
}

/** In the place of `npm run orca-embed --`, which runs in the package's folder. */
const cli = `'${process.execPath}' '${CLI}'`;

/** How each kind of command is tried; a string is the reason why one is not. What no kind fits is a command that nobody has tried. */
const KINDS: readonly { readonly of: RegExp; run(command: string): Promise<string | undefined> }[] = [
  {
    of: /\bcurl\b.*\/v1\/embeddings/,
    async run(command) {
      const printed = await shell(command.replace("http://localhost:8787", worker.url).replace("curl", "curl -sS"));
      const records = printed
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { type: string });
      expect(records[0]).toMatchObject({ type: "header" });
      expect(records.at(-1)).toMatchObject({ type: "summary", seconds: SECONDS, complete: true, windows: 8 });
    },
  },
  {
    of: /^npm run orca-embed -- extract/,
    async run(command) {
      const help = command.includes("--help");
      const models = help ? "" : ` --models '${lightFolder}'`;
      const line = command.replace("FILE…", "FILE").replace("npm run orca-embed --", cli) + models;
      const printed = await shell(line);
      if (help) expect(printed).toContain("--model");
      else expect(existsSync(join(folder, /--out (\S+)/.exec(command)?.[1] ?? "embeddings"))).toBe(true);
    },
  },
  {
    of: /^npm run orca-embed -- jobs/,
    async run(command) {
      const line = `ORCA_JOBS_SERVER=${jobs.url} ${command.replace("npm run orca-embed --", cli)}`;
      const printed = await shell(line);
      const said = { start: /^site-1$/m, show: /^1 of 1 recordings are done/m, list: /^site-1\tdone/m, failures: /^$/ };
      const verb = /jobs (\w+)/.exec(command)?.[1] ?? "";
      expect(printed).toMatch(
        { ...said, cancel: /^site-1: cancelled\./, resume: /^site-1: listing\./ }[verb] ?? /never/,
      );
    },
  },
  {
    // As the page tells it: what comes first makes what the next one needs.
    of: /^npm run orca-embed -- (collect|search|label|import|merge)/,
    async run(command) {
      const name = /-- (\w+)/.exec(command)?.[1] ?? "";
      const line = command.replace("npm run orca-embed --", cli);
      const withModels = name === "collect" || name === "search" ? `${line} --models '${lightFolder}'` : line;
      if (name === "import") await shell(`${cli} extract recordings --models '${lightFolder}'`);
      const printed = await shell(withModels);
      const out = /--(?:out|export|clips|into) (\S+)/.exec(command)?.[1];
      if (out !== undefined) expect(existsSync(join(folder, out))).toBe(true);
      else if (name === "search") expect(printed).toContain("one.wav");
      else expect(printed).toContain("1 label");
    },
  },
  {
    // test/cli/heads.test.ts does it on real sound, with what it finds; here, as the page tells it, on a label or two.
    of: /^npm run orca-embed -- (train|judge|detect|rescan|next)/,
    async run(command) {
      await shell(command.replace("npm run orca-embed --", cli));
      expect(existsSync(join(folder, /--out (\S+)/.exec(command)?.[1] ?? ""))).toBe(true);
    },
  },
  {
    // Seeded weights tell no sounds apart; a week of background is in test/watch/thresholds.test.ts.
    of: /^npm run orca-embed -- (noise|watch thresholds)/,
    async run(command) {
      const [, name = ""] = /-- (noise|watch thresholds)/.exec(command) ?? [];
      const printed = await shell(`${cli} ${name} --help`);
      for (const [option] of command.slice("npm run orca-embed -- ".length).matchAll(/--[\w-]+/g))
        expect(printed).toContain(option);
      return undefined;
    },
  },
  {
    of: /^npm run orca-embed -- watch (test|events|undelivered)/,
    async run(command) {
      const hydrophones = { lab: { url: "http://127.0.0.1:9/live.m3u8", heads: ["orca.head.json"] } };
      const deliveries = { bell: { kind: "exec", command: ["true"] } };
      writeFileSync(join(folder, "watch.json"), JSON.stringify({ hydrophones, deliveries }));
      const printed = await shell(command.replace("npm run orca-embed --", cli));
      expect(printed).toBe(command.includes(" test ") ? "bell: arrived: it ended with 0\n" : "");
      return undefined;
    },
  },
  {
    of: /^npm run orca-embed -- watch watch\.json( --serve 8788)?$/,
    run: async () => "it watches until it is stopped; test/cli/watch/kills.test.ts starts it",
  },
  {
    of: /orca-embed -- push/,
    run: async () => "it sends until it is stopped; test/cli/watch/push.test.ts starts it",
  },
  {
    of: /\bcurl\b.*\/v1\/projector/,
    async run(command) {
      await shell(command.replace("http://localhost:8787", worker.url).replace("curl", "curl -sS"));
      const out = /-o (\S+)/.exec(command)?.[1] ?? "";
      expect(readFileSync(join(folder, out)).subarray(0, 4).toString("latin1")).toBe("PK\x03\x04");
    },
  },
  {
    // Serving goes on until it is stopped; test/cli/project tries it.
    of: /^npm run orca-embed -- project/,
    async run(command) {
      const help = command.includes("--help");
      const line = command.replace("npm run orca-embed --", cli).replace(" --serve", "");
      const printed = await shell(help ? line : `${line} --models '${lightFolder}'`);
      const out = /--out (\S+)/.exec(command)?.[1];
      if (out === undefined) expect(printed).toContain("--labels");
      else expect(existsSync(join(folder, out, "projector_config.json"))).toBe(true);
    },
  },
  {
    of: /^npm run models -- list$/,
    async run(command) {
      const printed = await shell(`${command.replace("npm run models --", `${cli} models`)} --models '${lightFolder}'`);
      for (const model of MODEL_NAMES) expect(printed).toContain(model);
    },
  },
  {
    of: /^npm run models$/,
    async run() {
      const printed = await shell(`${cli} models --offline --models '${lightFolder}'`);
      expect(printed).toContain("yamnet: here already, seeded weights");
    },
  },
  {
    // They do it for real in test/docs/models, test/cli/models and test/workerd/r2; here, that there is what is named.
    of: /^npm run models -- (add|fetch|convert|verify|push|pack)/,
    async run(command) {
      const printed = await shell(`${cli} models ${/-- (\w+)/.exec(command)?.[1]} --help`);
      for (const [option] of command.slice("npm run models -- ".length).matchAll(/--[\w-]+/g)) {
        expect(printed).toContain(option);
      }
    },
  },
  {
    of: /\bcurl\b.*\/v1\/hydrophones'?$/,
    async run(command) {
      const printed = await shell(command.replace("http://localhost:8787", worker.url).replace("curl", "curl -sS"));
      expect(JSON.parse(printed)).toEqual({ hydrophones: [] });
    },
  },
  {
    of: /\/v1\/hydrophones\/[\w-]+\/embeddings|^npm run orca-embed -- follow/,
    run: async () => "it follows until it is stopped; test/workerd/live.test.ts and test/cli/follow.test.ts do",
  },
  {
    of: /^npx wrangler r2 bucket create/,
    run: async () => "it needs an account at Cloudflare",
  },
  {
    of: /^npm run models -- --yamnet/,
    async run(command) {
      if (!sharedExists) return "the published yamnet.h5 is not at hand";
      cpSync(sharedPath("weights/yamnet.h5"), join(folder, "yamnet.h5"));
      cpSync(lightFolder, join(folder, "models"), { recursive: true });
      const printed = await shell(`${command.replace("npm run models --", `${cli} models`)} --models models`);
      expect(printed).toMatch(/yamnet: 3\d{6} trained parameters/);
    },
  },
  {
    of: /^cd dist\/workerd && \.\/workerd serve/,
    run: async () => "it serves until it is stopped; test/workerd/plain-workerd.test.ts starts it",
  },
  {
    of: /^npm run orca-embed -- explore/,
    run: async () => "it serves until it is stopped; test/cli/collections.test.ts starts it",
  },
  {
    of: /^npm run orca-embed -- serve/,
    run: async () => "it serves until it is stopped; test/cli/serve.test.ts starts it",
  },
  {
    of: /^WRANGLER_BUILD_CONDITIONS=kernels-only,workerd,worker,browser npx wrangler deploy$/,
    run: async () => "it needs an account at Cloudflare; bench/cold-start.ts runs this Worker",
  },
  {
    of: /^(npm install|npx orca-embed models) /,
    run: async () => "the package is not published yet; library.test.ts uses what npm would install",
  },
  {
    // Tried by tests of their own, or by whoever runs this one.
    of: /^(npm ci && )?npm (run (demo|dev|bench|workerd|page)|test)\b/,
    async run(command) {
      const name = /npm (?:run )?(\w+)$/.exec(command.replace(/ -- .*/, ""))?.[1] ?? "";
      expect(Object.keys(scripts)).toContain(name);
      expect(existsSync(join(root, (scripts[name] as string).split(" ")[2] as string))).toBe(true);
    },
  },
];

describe("the commands of README.md and docs/", () => {
  const all = commands();
  test("are found", () => expect(all.length).toBeGreaterThan(5));
  test.for(all)("$where: $command", async ({ command }, context) => {
    const kind = KINDS.find(({ of }) => of.test(command));
    if (kind === undefined) throw new Error("No test tries this command: add its kind.");
    const reason = await kind.run(command);
    if (reason === undefined) return;
    console.warn(`Skipped: ${command}, because ${reason}.`);
    context.skip();
  });
});
